using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A daemon with the service <c>it</c>, a server, and what its clients are told.</summary>
internal static class ServerDaemon
{
    // Tells each client its process, a word of the map, and the names of its sockets.
    public const string Accepts = "use Socket; open(L, q(+<&=), $ENV{LISTEN_FDS} ? 3 : 0); "
        + "while (accept(C, L)) { syswrite(C, qq($$ $ENV{WORD} $ENV{LISTEN_FDNAMES})); close C }";

    public const string TwoPorts = "\"127.0.0.1:%p%\" = { service = \"it\", name = \"first\" }\n"
        + "\"127.0.0.1:%q%\" = { service = \"it\", name = \"second\" }";

    /// <summary>Starts a daemon with a server.</summary>
    public static Task<Daemon> StartAsync(
        string script = Accepts, string fds = "listen", string ports = TwoPorts, string more = "") => Daemon.StartAsync($$"""
        [ports]
        {{ports}}
        [services.it]
        exec = ["/usr/bin/perl", "-e", '{{script}}']
        start = "always"
        fds = "{{fds}}"
        env = { WORD = "one" }
        {{more}}
        """);

    /// <summary>Asks the server at the first port.</summary>
    public static async Task<(string Pid, string Word, string Names)> AskAsync(Daemon daemon)
    {
        using var client = await daemon.ConnectAsync("p");
        var answer = (await client.ReadToEndAsync()).Split(' ');
        return (answer[0], answer[1], answer[2]);
    }
}
