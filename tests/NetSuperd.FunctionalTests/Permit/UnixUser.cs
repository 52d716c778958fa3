using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>A client of another user or other groups, on the abstract socket <c>@netsuperd-test-%p%</c>.</summary>
internal static class UnixUser
{
    /// <summary>Says the word, and gives what comes back.</summary>
    /// <param name="daemon">The daemon.</param>
    /// <param name="identity">Options of setpriv(1).</param>
    public static async Task<string> HearAsync(Daemon daemon, params string[] identity)
    {
        var heard = await Command.OutputAsync(
            "/bin/sh",
            ["-c", $"printf {Guests.Word} | \"$@\"", "sh", "/usr/bin/setpriv", .. identity, "/usr/bin/socat", "-", $"ABSTRACT-CONNECT:netsuperd-test-{daemon.Port("p")}"]);
        return heard.TrimEnd('\r', '\n');
    }
}
