using System.Text;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Plugins;

/// <summary>A client of the handler <c>obeys</c>, which does what it is told and answers with a line.</summary>
internal sealed class ObedientPeer : IDisposable
{
    private ObedientPeer(TcpPeer peer) => Peer = peer;

    public TcpPeer Peer { get; }

    public static async Task<ObedientPeer> ConnectAsync(Daemon daemon, string port) => Of(await daemon.ConnectAsync(port));

    public static ObedientPeer Of(TcpPeer peer) => new(peer);

    /// <summary>Tells it something.</summary>
    /// <returns>Its answer.</returns>
    public async Task<string> AskAsync(string line)
    {
        await TellAsync(line);
        var answer = new List<byte>();
        while (answer is not [.., (byte)'\n'])
        {
            answer.AddRange(await Peer.ReceiveAsync(1));
        }

        return Encoding.UTF8.GetString([.. answer]).TrimEnd('\n');
    }

    /// <summary>The process in which it is.</summary>
    public async Task<int> PidAsync() => int.Parse(await AskAsync("pid"), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Tells it something that it does not survive.</summary>
    public Task TellAsync(string line) => Peer.SendAsync(line + "\n");

    public void Dispose() => Peer.Dispose();
}
