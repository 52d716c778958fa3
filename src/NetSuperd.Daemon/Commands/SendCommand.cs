using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Commands;

/// <summary>
/// <c>netsuperd send HOST WORD [PORT]</c>: the echo client. Connects, sends the word, receives as many bytes as it sent, prints them and
/// closes. The client closes first, which makes the exchange the shortest that TCP allows.
/// </summary>
internal static class SendCommand
{
    private const int EchoPort = 7;
    private const int Failure = 1;
    private const string Usage = "Usage: netsuperd send <Server IP> <Echo Word> [<Echo Port>]";

    /// <remarks>Only one word alone, which is too few for the client, can ask for help.</remarks>
    /// <returns>0, or 1 for wrong arguments and for a failed call.</returns>
    public static async Task<int> RunAsync(string[] words)
    {
        if (words is ["--help" or "-h"])
        {
            return Terminal.Print(Usage + "\n");
        }

        if (words.Length is < 2 or > 3 || Port(words) is not { } port)
        {
            Terminal.Say(Usage);
            return Failure;
        }

        var call = "getaddrinfo";
        try
        {
            var addresses = IPAddress.TryParse(words[0], out var address) ? [address] : await Dns.GetHostAddressesAsync(words[0]);
            call = "connect";
            using var socket = await ConnectAsync(addresses, port);
            var word = Word(words);
            var received = new byte[word.Length];

            // Sending and receiving run at once: a word longer than all buffers on the way comes back before it is sent in full.
            var sending = SendAsync(socket, word);
            call = "recv";
            for (var count = 0; count < received.Length;)
            {
                var more = await socket.ReceiveAsync(received.AsMemory(count), SocketFlags.None);
                if (more == 0)
                {
                    Terminal.Say("recv() failed: connection closed before the whole word came back");
                    return Failure;
                }

                count += more;
            }

            call = "send";
            await sending;
            if (Terminal.Write([.. "Received: "u8, .. Shown(word, received), .. "\n"u8]) is { } reason)
            {
                Terminal.Say($"write() failed: {reason}");
                return Failure;
            }

            return ExitStatus.Ok;
        }
        catch (SocketException failure)
        {
            Terminal.Say($"{call}() failed: {Reason(failure)}");
            return Failure;
        }
    }

    /// <summary>The word byte for byte: the runtime's string has replaced what is not UTF-8.</summary>
    private static byte[] Word(string[] words)
    {
        var all = Installation.Current.Arguments;
        return all.Count > words.Length ? all[^(words.Length - 1)] : Encoding.UTF8.GetBytes(words[1]);
    }

    /// <summary>
    /// The answer as it is printed: byte for byte where it is the user's own word, or where it goes to a file or a program. Any other
    /// answer is escaped for a terminal, which it could otherwise control.
    /// </summary>
    private static byte[] Shown(byte[] word, byte[] received) => received.AsSpan().SequenceEqual(word) || !Terminal.IsTerminal
        ? received
        : Encoding.UTF8.GetBytes(PlainText.Of(Encoding.UTF8.GetString(received)));

    private static int? Port(string[] words) =>
        words.Length == 2 ? EchoPort
        : int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number is > 0 and <= 65535
            ? number
            : null
        : Installation.Current.Host.Names.ServicePort(words[2], Transport.Tcp.Word);

    private static async Task<Socket> ConnectAsync(IPAddress[] addresses, int port)
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(addresses[i], port);
                return socket;
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                socket.Dispose();
            }
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> word)
    {
        while (!word.IsEmpty)
        {
            word = word[await socket.SendAsync(word, SocketFlags.None)..];
        }
    }

    /// <summary>The system's own words, without the address that the exception's message adds.</summary>
    private static string Reason(SocketException failure) =>
        failure.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
            ? failure.Message
            : Installation.Current.Reason(failure);
}
