using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>The sample of a script for hosts without systemd, with other paths than its own.</summary>
public sealed class InitScriptTests : IAsyncLifetime
{
    private readonly Scratch _scratch = new();
    private readonly int _port = FreePorts.Next();

    public ValueTask InitializeAsync()
    {
        var map = _scratch.Write("map.toml", $"""
            [ports]
            "127.0.0.1:{_port}" = "echo"
            [daemon]
            control = "{_scratch["control"]}"
            pid_file = "{_scratch["pid"]}"
            drain = "2s"
            [log]
            target = "file"
            file = "{_scratch["log"]}"

            """);
        var program = Program("netsuperd", $"#!/bin/sh\nword=$1\nshift\nexec '{BuiltTree.Program}' \"$word\" --config '{map}' \"$@\"\n");
        var sample = File.ReadAllText(Path.Combine(BuiltTree.Repository, "etc", "netsuperd.init"));
        var script = sample
            .Replace("/usr/local/sbin/netsuperd\n", $"{program}\n", StringComparison.Ordinal)
            .Replace("=/run/netsuperd.pid\n", $"={_scratch["pid"]}\n", StringComparison.Ordinal);
        Assert.Equal(2, sample.Split('\n').Except(script.Split('\n')).Count());
        Program("init", script);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await DoAsync("stop");
        _scratch.Dispose();
    }

    [Fact]
    public async Task Script_ItsWords_StartChangeAndStopTheDaemon()
    {
        Assert.NotEqual(0, await DoAsync("status"));
        Assert.Equal(0, await DoAsync("start"));
        await RunningAsync();
        var first = Pid();

        Assert.NotEqual(0, await DoAsync("start"));
        Assert.Equal(0, await DoAsync("reload"));
        Assert.Equal(first, Pid());

        Assert.Equal(0, await DoAsync("restart"));
        Assert.NotEqual(first, Pid());
        await RunningAsync();

        Assert.Equal(0, await DoAsync("stop"));
        Assert.NotEqual(0, await DoAsync("status"));
        Assert.False(Directory.Exists($"/proc/{first}"));

        Assert.Equal(0, await DoAsync("restart"));
        await RunningAsync();
        Assert.Equal(2, await DoAsync("begin"));
    }

    [Fact]
    public async Task Script_StartWithAWrongMap_Fails()
    {
        _scratch.Write("map.toml", "[ports]\n7 = \"ecko\"\n");

        Assert.Equal(78, await DoAsync("start"));
    }

    private string Program(string name, string text)
    {
        var path = _scratch.Write(name, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private string Pid() => File.ReadAllText(_scratch["pid"]);

    private async Task<int> DoAsync(string word) => (await Command.RunAsync(_scratch["init"], word)).Status;

    private async Task RunningAsync()
    {
        await Deadline.UntilAsync(() => DoAsync("status"), status => status == 0, "a daemon that answers");
        Assert.Equal("Received: TEST", (await Netsuperd.SendAsync("TEST", _port)).Output.TrimEnd());
    }
}
