using System.Net;
using System.Net.Sockets;
using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A daemon with a service whose child has the socket itself, and its clients.</summary>
internal static class WaitDaemon
{
    // STDIN is for reading only.
    public const string Receives = "open(S, q(+<&=0)); $from = recv(S, $_, 100, 0)";

    public static Task<Daemon> StartAsync(string port, string script, DaemonSetup? setup = null, string? exec = null) =>
        Daemon.StartAsync($"""
        [ports]
        {port}
        %echo% = "echo"
        [services.wait]
        exec = [{exec ?? $"\"/usr/bin/perl\", \"-e\", '{script}'"}]
        wait = true
        """, setup);

    /// <summary>How long a client waits for an answer before it asks again.</summary>
    public static readonly TimeSpan UntilTheNextTry = TimeSpan.FromSeconds(2);

    public static Socket Client(Daemon daemon, string address = "127.0.0.1")
    {
        var server = new IPEndPoint(IPAddress.Parse(address), daemon.Port("p"));
        var client = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        client.Connect(server);
        return client;
    }

    /// <summary>
    /// Asks until there is an answer: in the moment after a child's end the socket may still be as the child has left it, or a new one
    /// takes its place.
    /// </summary>
    public static Task<string> UntilServedAsync(Func<Task<string>> ask) => Deadline.UntilAsync(
        async () =>
        {
            try
            {
                return await ask();
            }
            catch (Exception lost) when (lost is SocketException or OperationCanceledException or TimeoutException or IOException)
            {
                return "";
            }
        },
        answer => answer.Length > 0,
        "an answer");

    public static async Task<byte[]> ReceiveAsync(Socket socket, TimeSpan? longest = null)
    {
        var buffer = new byte[100];
        using var deadline = new CancellationTokenSource(longest ?? Deadline.Default);
        return buffer[..await socket.ReceiveAsync(buffer, SocketFlags.None, deadline.Token)];
    }

    public static string Text(byte[] bytes) => Encoding.ASCII.GetString(bytes);

    public static int Count(Daemon daemon, string name) => daemon.Events.Count(found => found.Name == name);
}
