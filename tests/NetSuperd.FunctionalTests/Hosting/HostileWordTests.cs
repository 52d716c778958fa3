using System.Globalization;
using System.Text;
using System.Text.Json;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Hosting;

/// <summary>Names and texts that others choose reach neither a terminal nor the log as anything but text.</summary>
public sealed class HostileWordTests
{
    // No NUL, no line end and no slash: each can be a part of the name of a file, an argument and a TOML string with escapes.
    private static readonly string[] Texts =
    [
        "\u001b[2J\u0007\u0008\u007f", "\u009b2J\u0085\u0080\u009f", "\u202eevil\u202c\u2066\u2069\u200e\u200f\u061c",
        "\u2028\u2029\ufeff\u200b", "\ufdd0\U000e0041",
    ];

    private static string All => string.Concat(Texts);

    public static TheoryData<string> Arguments =>
    [
        $"{All}", $"run --{All}", $"run --config {All}.toml", $"run --port 7={All}", $"run --port {All}=echo",
        $"check --config {All}.toml", $"status --control /{All}",
        $"status --config {All}.toml", $"stop --control /{All}", $"pause {All} --control /{All}", $"abort {All}", $"explain {All} 7",
        $"explain 192.0.2.1 {All}",
        $"send {All} WORD 1", $"send 127.0.0.1 WORD {All}", $"send 127.0.0.1 {All} 1",
    ];

    [OnWindows]
    [Theory]
    [MemberData(nameof(Arguments))]
    public async Task Command_HostileArguments_SaysPlainText(string line)
    {
        var result = await Netsuperd.RunAsync(line.Split(' '));

        Assert.NotEqual(0, result.Status);
        AssertPlain(result.Errors);
        AssertPlain(result.Output);
    }

    [Fact]
    public async Task Check_AHostileMap_SaysPlainText()
    {
        using var scratch = new Scratch();
        var map = scratch.Write($"{All}.toml", $"""
            [ports]
            "/run/{Raw(All)}" = "{Raw(All)}"
            "{Escaped(All)}" = "echo"
            7 = "{Escaped(All)}"
            [services.x]
            exec = ["/{Escaped(All)}", "{Escaped(All)}"]
            user = "{Escaped(All)}"
            "{Escaped(All)}" = 1
            env = "{Raw(All)}"
            """);
        var broken = scratch.Write("broken.toml", $"[{Raw(All)}]\n{All} = {All}\n");

        foreach (var file in (string[])[map, broken])
        {
            var result = await Netsuperd.RunAsync("check", "--config", file);

            Assert.Equal(78, result.Status);
            AssertPlain(result.Errors);
        }
    }

    [Fact]
    public async Task Show_AHostileMap_IsPlainTextAndMeansTheSame()
    {
        using var scratch = new Scratch();
        var map = scratch.Write("map.toml", $"""
            [ports]
            7 = "x"
            [services.x]
            exec = ["/bin/echo", "{Escaped(All)}", "{Raw(All)}"]
            user = "nobody"
            env = {"{"} X = "{Escaped(All)}" {"}"}
            """);

        var shown = await Netsuperd.RunAsync("check", "--config", map, "--show");
        var again = await Netsuperd.RunAsync("check", "--config", scratch.Write("again.toml", shown.Output), "--show");

        AssertPlain(shown.Output);
        Assert.Contains("\\u202e", shown.Output, StringComparison.Ordinal);
        Assert.Equal((0, shown.Output), (again.Status, again.Output));
    }

    [Fact]
    public async Task Start_APortThatAHostileProcessHas_SaysPlainText()
    {
        // Sixteen bytes of a name are kept (PR_SET_NAME of prctl(2)).
        foreach (var name in (string[])["\u001b[2J\u001b]0;x\u0007", "\u202e\u009b\u0085", "a\nFAKE"])
        {
            var port = FreePorts.Next();
            var code = $"$0 = '{name}'; $held = IO::Socket::INET->new(LocalAddr => '127.0.0.1:{port}', Listen => 1) or die; $| = 1; "
                + "print qq(ready\\n); <STDIN>";
            await using var holder = RunningProcess.Start("/usr/bin/perl", ["-MIO::Socket::INET", "-e", code]);
            await holder.Output.FindAsync(line => line == "ready" ? line : null, "the holder");
            await using var daemon = Daemon.Launch($"""
                [ports]
                "127.0.0.1:{port}" = "echo"
                [log]
                target = "file"
                file = "%dir%/daemon.log"
                """);

            Assert.Equal(71, await daemon.ExitAsync(TimeSpan.FromMinutes(1)));
            var said = Assert.Single(daemon.Log.Lines);
            Assert.Contains($"(pid {holder.Pid})", said, StringComparison.Ordinal);
            AssertPlain(said);
            AssertPlain(File.ReadAllText(daemon.Scratch["daemon.log"]));
        }
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Log_WhatAChildAndAMapSay_IsPlainText(string format)
    {
        await using var daemon = await Daemon.StartAsync($"""
            [ports]
            "127.0.0.1:%p%" = "x"
            "%dir%/{Escaped(All)}" = "echo"
            [services.x]
            exec = ["/bin/sh", "-c", 'printf "%s\\n" "$X" >&2']
            env = {"{"} X = "{Escaped(All)}" {"}"}
            [log]
            format = "{format}"
            """, new DaemonSetup { Expected = ["ReloadRefused"] });
        using var client = await daemon.ConnectAsync("p");
        await client.ReadToEndAsync();
        await daemon.Log.FindAsync(line => line.Contains("with status 0", StringComparison.Ordinal) ? line : null, "the end of the child");
        var (status, json) = (await daemon.AskedAsync("status"), await daemon.AskedAsync("status", "--json"));
        daemon.Edit(map => map.Replace("[services.x]", $"[services.x]\n\"{Escaped(All)}\" = 1", StringComparison.Ordinal));
        var reload = await daemon.AskAsync("reload");
        Assert.Equal(0, await daemon.StopAsync());

        Assert.Equal(78, reload.Status);
        Assert.All((string[])[status, json, reload.Errors, .. daemon.Log.Lines], AssertPlain);
        if (format == "json")
        {
            Assert.Equal(All, Assert.Single(daemon.Events, found => found.Name == "ChildStderr")["Line"]);
            Assert.Contains(daemon.Events, found => found.Name == "Listening" && found["Local"].EndsWith(All, StringComparison.Ordinal));
            Assert.Contains(
                StatusJson.Read<DaemonStatus>(json).Sockets, socket => socket.Socket.EndsWith(All, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Control_HostileAnswers_ArePlainText()
    {
        await using var daemon = await Daemon.StartAsync("[ports]\n%echo% = \"echo\"");
        using var control = await TcpPeer.ConnectUnixAsync(daemon.Scratch["control.sock"]);
        await control.SendAsync(JsonSerializer.Serialize(new Dictionary<string, object> { ["v"] = 1, ["command"] = "status", [All] = All })
            + "\n");

        var answer = await control.ReadToEndAsync();

        AssertPlain(answer);
        Assert.Contains("there is no member", answer, StringComparison.Ordinal);
        AssertPlain((await daemon.AskAsync("pause", All)).Errors);
    }

    [Fact]
    public async Task Send_AnAnswerThatIsNotTheWord_IsPlainOnATerminalAndRawInAPipe()
    {
        const string Hostile = "\u001b[2J";
        using var server = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        server.Start();
        var port = ((System.Net.IPEndPoint)server.LocalEndpoint).Port;
        var answering = AnswerAsync(server, Encoding.UTF8.GetBytes(Hostile), 3);
        var send = $"'{BuiltTree.Program}' send 127.0.0.1 ";

        var terminal = await Command.OutputAsync("/usr/bin/script", "-qec", $"{send}word {port}", "/dev/null");
        var own = await Command.OutputAsync("/usr/bin/script", "-qec", $"{send}'{Hostile}' {port}", "/dev/null");
        var pipe = await Netsuperd.SendAsync("word", port);
        await Deadline.WithinAsync(answering, "the server");

        // The runtime sets up the terminal before it writes.
        Assert.EndsWith("Received: \\u001b[2J\r\n", terminal, StringComparison.Ordinal);
        Assert.EndsWith($"Received: {Hostile}\r\n", own, StringComparison.Ordinal);
        Assert.Equal($"Received: {Hostile}\n", pipe.Output);
    }

    private static async Task AnswerAsync(System.Net.Sockets.TcpListener server, byte[] answer, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var client = await server.AcceptTcpClientAsync();
            await client.GetStream().ReadExactlyAsync(new byte[answer.Length]);
            await client.GetStream().WriteAsync(answer);
        }
    }

    private static void AssertPlain(string text) => Assert.True(
        text.EnumerateRunes().All(rune => rune.Value is '\n' or '\t' || Rune.GetUnicodeCategory(rune)
            is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.OtherNotAssigned)),
        Escaped(text));

    /// <summary>As a basic string of TOML has it.</summary>
    private static string Escaped(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}")));

    /// <summary>What TOML takes as it is: no control characters.</summary>
    private static string Raw(string text) => new([.. text.Where(letter => letter is not (< ' ' or '\u007f'))]);
}
