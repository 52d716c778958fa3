using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Example;

/// <summary><c>netsuperd send</c> where it cannot work.</summary>
[OnWindows]
public sealed class SendFailureTests
{
    public static TheoryData<string[]> WrongArguments => new(
        [], ["127.0.0.1"], ["127.0.0.1", "TEST", "7", "more"], ["127.0.0.1", "TEST", "0"], ["127.0.0.1", "TEST", "65536"],
        ["127.0.0.1", "TEST", "no-such-port"], ["127.0.0.1", "TEST", "-7"]);

    [Theory]
    [MemberData(nameof(WrongArguments))]
    public async Task Send_WrongArguments_PrintsUsage(string[] arguments)
    {
        var sent = await Netsuperd.RunAsync(["send", .. arguments]);

        Assert.Equal(1, sent.Status);
        Assert.StartsWith("Usage: ", sent.Errors, StringComparison.Ordinal);
        Assert.Equal("", sent.Output);
    }

    [Fact]
    public async Task Send_WithoutAListener_NamesTheCallAndTheReason()
    {
        var sent = await Netsuperd.SendAsync("TEST", FreePorts.Next());

        Assert.Equal(new CommandResult(1, "", "connect() failed: Connection refused\n"), sent);
    }

    [OnLinux("/dev/full")]
    [Fact]
    public async Task Send_OutputThatCannotBeWritten_NamesTheCallAndTheReason()
    {
        using var server = new ScriptedServer(async client =>
        {
            var word = new byte[4];
            await client.SendAsync(word.AsMemory(0, await client.ReceiveAsync(word)));
        });

        var sent = await Shell.RunAsync("exec >/dev/full", "send", "127.0.0.1", "X", $"{server.Port}");

        Assert.Equal(new CommandResult(1, "", "write() failed: No space left on device\n"), sent);
    }

    [Fact]
    public async Task Send_UnknownHost_NamesTheCall()
    {
        var sent = await Netsuperd.RunAsync("send", "no-such-host.invalid", "TEST");

        Assert.Equal(1, sent.Status);
        Assert.StartsWith("getaddrinfo() failed: ", sent.Errors, StringComparison.Ordinal);
        Assert.Equal("", sent.Output);
    }

    [Fact]
    public async Task Send_AnswerInSingleBytes_IsPutTogether()
    {
        using var server = new ScriptedServer(async client =>
        {
            client.NoDelay = true;
            var word = new byte[4];
            for (var filled = 0; filled < word.Length;)
            {
                filled += await client.ReceiveAsync(word.AsMemory(filled));
            }

            foreach (var octet in word)
            {
                await client.SendAsync(new[] { octet });
            }
        });

        Assert.Equal(new CommandResult(0, "Received: TEST\n", ""), await Netsuperd.SendAsync("TEST", server.Port));
    }

    [Fact]
    public async Task Send_ServerClosesEarly_Fails()
    {
        using var server = new ScriptedServer(async client =>
        {
            await client.ReceiveAsync(new byte[4]);
            await client.SendAsync("TE"u8.ToArray());
        });

        var sent = await Netsuperd.SendAsync("TEST", server.Port);

        Assert.Equal(1, sent.Status);
        Assert.StartsWith("recv() failed: ", sent.Errors, StringComparison.Ordinal);
        Assert.Equal("", sent.Output);
    }

    [Fact(Skip = WineLacks.Resets, SkipType = typeof(TestedSystem), SkipWhen = nameof(TestedSystem.IsWine))]
    public async Task Send_ServerResets_NamesTheCallAndTheReason()
    {
        using var server = new ScriptedServer(async client =>
        {
            await client.ReceiveAsync(new byte[4]);
            client.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
        });

        Assert.Equal(new CommandResult(1, "", "recv() failed: Connection reset by peer\n"), await Netsuperd.SendAsync("TEST", server.Port));
    }
}
