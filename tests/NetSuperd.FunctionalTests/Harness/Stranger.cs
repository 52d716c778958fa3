namespace NetSuperd.FunctionalTests.Harness;

/// <summary>Another user of the machine, <c>nobody</c>, that attacks a daemon of root. Only root can become the stranger.</summary>
internal static class Stranger
{
    private static readonly string[] Become = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    /// <summary>Runs a program as the stranger.</summary>
    public static Task<string> DoAsync(params string[] command) => Command.OutputAsync(Become[0], [.. Become[1..], .. command]);

    /// <summary>Makes a folder of the stranger's.</summary>
    public static async Task<string> FolderAsync(Scratch scratch)
    {
        Directory.CreateDirectory(scratch["theirs"]);
        await GiveAsync(scratch, "theirs");
        return scratch["theirs"];
    }

    /// <summary>Gives a folder to the stranger.</summary>
    public static async Task GiveAsync(Scratch scratch, string folder)
    {
        await Command.OutputAsync("chmod", "a+x", scratch.Folder);
        await Command.OutputAsync("chown", "65534", scratch[folder]);
    }

    /// <summary>Answers every request at a path as a daemon would that says <c>BELIEVED</c>.</summary>
    public static async Task<RunningProcess> AnswerAsync(Scratch scratch, string path)
    {
        var answer = scratch.Write("answer", "{\"v\":1,\"status\":0,\"messages\":[\"BELIEVED\"]}\n");
        await Command.OutputAsync("chmod", "a+r", answer);
        var process = RunningProcess.Start(
            Become[0], [.. Become[1..], "socat", $"UNIX-LISTEN:{path},fork", $"SYSTEM:head -n 1 > /dev/null; cat {answer}"]);
        await Deadline.UntilAsync(() => File.Exists(path), "the stranger's socket");
        return process;
    }
}
