using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>A client of another user or other groups, on an abstract socket.</summary>
internal static class UnixUser
{
    /// <summary>Says the word, and gives what comes back.</summary>
    /// <param name="name">The name of the socket.</param>
    /// <param name="identity">Options of setpriv(1).</param>
    public static async Task<string> HearAsync(string name, params string[] identity)
    {
        var heard = await Command.OutputAsync(
            "/bin/sh",
            [
                "-c", $"printf {ClientGroup.Word} | \"$@\"", "sh", "/usr/bin/setpriv", .. identity, "/usr/bin/socat", "-",
                $"ABSTRACT-CONNECT:{name}",
            ]);
        return heard.TrimEnd('\r', '\n');
    }
}
