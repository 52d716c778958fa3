using System.Text;
using System.Text.Json;
using CsCheck;
using NetSuperd.Control;
using NetSuperd.Server.Config;
using NetSuperd.Server.Tally;

namespace NetSuperd.Tests.Control;

public sealed class ControlProtocolTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    // Requests, and pieces that make something else of them.
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u", "\\ud800", "null", "true", "1", "-1", "1e400", "\"v\":1", "\"command\":\"status\"",
        "\"command\":\"abort\"", "\"id\":1", "\"id\":99999999999999999999", "\"service\":\"echo\"", "\"dry_run\":true", "\"now\":0",
        "\"\":{}", " ", "\r", "\0",
    ];

    private static readonly Gen<string> AnyPiece = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]);

    private static readonly Gen<byte[]> AnyLine = Gen.OneOf(
        Gen.Byte.Array[0, 80],
        AnyPiece.Array[0, 12].Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces))),
        Gen.Select(AnyPiece.Array[0, 6], Gen.Byte.Array[0, 3], (pieces, bytes) => (byte[])
            [.. Encoding.UTF8.GetBytes("{\"v\":1,\"command\":\"" + string.Concat(pieces)), .. bytes, .. "\"}"u8]));

    public static TheoryData<string, string> Wrong => new()
    {
        { "", "byte 0" },
        { "GET / HTTP/1.1\r", "byte 0" },
        { "null", "not an object" },
        { "[]", "not an object" },
        { "{}", "'v' is missing" },
        { """{"v":1}""", "'command' is missing" },
        { """{"command":"status"}""", "'v' is missing" },
        { """{"v":1,"command":null}""", "$.command" },
        { """{"v":"1","command":"status"}""", "$.v" },
        { """{"v":1.5,"command":"status"}""", "$.v" },
        { """{"v":1,"command":"status"} x""", "byte 27" },
        { """{"v":1,"command":"status"}{"v":1,"command":"status"}""", "byte 26" },
        { """{"v":1,"command":"status",}""", "no JSON, at byte 26" },
        { """{"v":1,"command":"status"/**/}""", "no JSON, at byte 25" },
        { """{"v":1,"Command":"status"}""", "no member 'Command'" },
        { """{"v":1,"command":"status","verbose":true}""", "no member 'verbose'" },
        { """{"v":1,"command":"status","command":"stop"}""", "$.command" },
        { """{"v":1,"command":"status","now":[[[[[[[[[[]]]]]]]]]]}""", "$.now" },
        { """{"v":1,"command":"\ud800"}""", "$.command" },
        { """{"v":1,"command":"abort","id":"1"}""", "$.id" },
        { """{"v":1,"command":"abort","id":1.5}""", "$.id" },
        { """{"v":1,"command":"abort","id":99999999999999999999}""", "$.id" },
        { """{"v":2,"command":"status"}""", "version 1" },
        { """{"v":1,"command":"Status"}""", "'Status'" },
        { """{"v":1,"command":"shutdown"}""", "'shutdown'" },
        { """{"v":1,"command":"status","now":true}""", "'now'" },
        { """{"v":1,"command":"abort"}""", "'id'" },
        { """{"v":1,"command":"abort","id":1,"service":"echo"}""", "'service'" },
        { """{"v":1,"command":"abort","peer":"10.0.0.0/33"}""", "'10.0.0.0/33'" },
        { """{"v":1,"command":"connections","idle":"soon"}""", "'soon'" },
        { """{"v":1,"command":"connections","state":"open"}""", "close-wait" },
        { """{"v":1,"command":"pause"}""", "'service'" },
        { """{"v":1,"command":"reload","id":1}""", "'id'" },
        { """{"v":1,"command":"restart","dry_run":true}""", "'dry_run'" },
    };

    [Theory]
    [InlineData("""{"v":1,"command":"status"}""", "status", null, null, null, null)]
    [InlineData(""" { "command" : "status" , "v" : 1 } """ + "\r", "status", null, null, null, null)]
    [InlineData("""{"v":1,"command":"connections"}""", "connections", null, null, null, null)]
    [InlineData("""{"v":1,"command":"map"}""", "map", null, null, null, null)]
    [InlineData("""{"v":1,"command":"restart"}""", "restart", null, null, null, null)]
    [InlineData("""{"v":1,"command":"abort","id":12}""", "abort", 12L, null, null, null)]
    [InlineData("""{"v":1,"command":"pause","service":"echo"}""", "pause", null, "echo", null, null)]
    [InlineData("""{"v":1,"command":"resume","service":"\u0065cho"}""", "resume", null, "echo", null, null)]
    [InlineData("""{"v":1,"command":"reload"}""", "reload", null, null, null, null)]
    [InlineData("""{"v":1,"command":"reload","dry_run":true}""", "reload", null, null, true, null)]
    [InlineData("""{"v":1,"command":"stop","now":true}""", "stop", null, null, null, true)]
    public void ReadRequest_ARequest_IsThatRequest(string line, string command, long? id, string? service, bool? dryRun, bool? now)
    {
        var (request, problem) = ControlProtocol.ReadRequest(Encoding.UTF8.GetBytes(line));

        Assert.Null(problem);
        var expected = ControlRequest.Of(ControlCommand.Find(command)!);
        Assert.Equal(expected with { Id = id, Service = service, DryRun = dryRun, Now = now }, request);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void ReadRequest_WhatIsNone_SaysWhere(string line, string hint)
    {
        var (request, problem) = ControlProtocol.ReadRequest(Encoding.UTF8.GetBytes(line));

        Assert.Null(request);
        Assert.Contains(hint, problem, StringComparison.Ordinal);
        Assert.DoesNotContain("NetSuperd", problem, StringComparison.Ordinal);
        Assert.True(problem!.Length < 200);
    }

    [Fact]
    public void ReadRequest_InvalidUtf8_IsNone()
    {
        byte[] inCommand = [.. "{\"v\":1,\"command\":\"st"u8, 0xFF, .. "atus\"}"u8];
        byte[] inName = [.. "{\"v\":1,\"command\":\"status\",\""u8, 0xC3, .. "\":1}"u8];

        Assert.NotNull(ControlProtocol.ReadRequest(inCommand).Problem);
        Assert.NotNull(ControlProtocol.ReadRequest(inName).Problem);
    }

    [Fact]
    public void ReadRequest_AnyLine_IsARequestOrAProblem() => AnyLine.Sample(
        line =>
        {
            var (request, problem) = ControlProtocol.ReadRequest(line);

            Assert.True(request is null != (problem is null), Encoding.UTF8.GetString(line));
            if (request is not null)
            {
                Assert.Equal(request, ControlProtocol.ReadRequest(ControlProtocol.Write(request)).Request);
            }
        },
        iter: 20_000);

    [Fact]
    public void Write_ARequest_HasTheMembersOfItsCommandOnly()
    {
        Assert.Equal("{\"v\":1,\"command\":\"status\"}\n"u8, ControlProtocol.Write(ControlRequest.Of(ControlCommand.Status)));
        Assert.Equal(
            "{\"v\":1,\"command\":\"reload\",\"dry_run\":true}\n"u8,
            ControlProtocol.Write(ControlRequest.Of(ControlCommand.Reload) with { DryRun = true }));
    }

    [Fact]
    public void Write_AnAnswer_IsTheLineOfTheContract()
    {
        var status = new DaemonStatus(
            1,
            Noon,
            Noon,
            "/etc/netsuperd/netsuperd.toml",
            2,
            [new ServiceStatus(
                "echo", "handler", "serving", null, Noon, 2, new Dictionary<string, long> { ["closed"] = 12 },
                new Dictionary<string, long> { ["exec ENOENT"] = 1 }, [new LimitUse("rate", 3, 50)])],
            [new SocketStatus("0.0.0.0:7", "tcp", "echo", "echo", "listening", null, Noon, 0, 7)],
            new LimitUse("max_connections", 5, 10000),
            [new LingeringProcess(99, Noon, 3) { Version = "0.1.0" }])
        {
            Version = "0.2.0",
        };
        var answer = ControlAnswer.Of(0) with { Daemon = status };

        Assert.Equal(
            """
            {"v":1,"status":0,"messages":[],"daemon":{"pid":1,"started":"2026-11-24T12:00:00+00:00","applied":"2026-11-24T12:00:00+00:00",
            "config":"/etc/netsuperd/netsuperd.toml","connections":2,
            "services":[{"name":"echo","kind":"handler","state":"serving","reason":null,"since":"2026-11-24T12:00:00+00:00","live":2,
            "ends":{"closed":12},"reasons":{"exec ENOENT":1},
            "limits":[{"limit":"rate","used":3,"most":50}],"datagrams":{},"accepted":0}],
            "sockets":[{"socket":"0.0.0.0:7","transport":"tcp","service":"echo","name":"echo","state":"listening","reason":null,
            "since":"2026-11-24T12:00:00+00:00","waiting":0,"dropped":7}],
            "max_connections":{"limit":"max_connections","used":5,"most":10000},
            "lingering":[{"pid":99,"started":"2026-11-24T12:00:00+00:00","connections":3,"version":"0.1.0"}],"version":"0.2.0"}}
            """.Replace("\n", "", StringComparison.Ordinal) + "\n",
            Encoding.UTF8.GetString(ControlProtocol.Write(answer)));
    }

    [Fact]
    public void Write_Connections_HaveTheirUnitsInTheirNames()
    {
        var live = new LiveConnection(
            1, "echo", "TCP", "127.0.0.1:7", "127.0.0.1:4000", Noon, TimeSpan.FromMilliseconds(1500), 4, null, "established",
            TimeSpan.FromMicroseconds(50), null, 1);

        Assert.Equal(
            """
            {"v":1,"status":0,"messages":[],"connections":[
            {"id":1,"service":"echo","protocol":"TCP","local":"127.0.0.1:7","peer":"127.0.0.1:4000",
            "since":"2026-11-24T12:00:00+00:00","age_s":1.5,"received":4,"sent":null,"state":"established","rtt_ms":0.05,
            "pid":null,"process":1,"idle_s":null}]}
            """.Replace("\n", "", StringComparison.Ordinal) + "\n",
            Encoding.UTF8.GetString(ControlProtocol.Write(ControlAnswer.Of(0) with { Connections = [ListedConnection.From(live)] })));
        Assert.Equal(live, ListedConnection.From(live).ToLive());
    }

    [Fact]
    public void ReadAnswer_OfAnotherVersionOfTheProgram_SkipsWhatItDoesNotKnow()
    {
        var (answer, _) = ControlProtocol.ReadAnswer("""{"v":1,"status":78,"messages":["a"],"color":{"deep":[1]},"pid":7}"""u8);

        Assert.Equal((78, "a", 7), (answer!.Status, answer.Messages[0], answer.Pid));
    }

    [Theory]
    [InlineData("""{"v":2,"status":0,"messages":[]}""")]
    [InlineData("""{"v":1,"messages":[]}""")]
    [InlineData("""{"v":1,"status":0,"messages":null}""")]
    [InlineData("""{"v":1,"status":0}""")]
    [InlineData("+OK")]
    public void ReadAnswer_WhatIsNone_IsAProblem(string line) =>
        Assert.NotNull(ControlProtocol.ReadAnswer(Encoding.UTF8.GetBytes(line)).Problem);

    [Fact]
    public void Answers_Written_AreRead()
    {
        var answer = ControlAnswer.Of(78, "map.toml:1:1: error: \u001b[2J") with
        {
            Changes = [new MapChange("ports.\"8080/tcp\".service", null, "\"web\"")],
            Entries = new Dictionary<string, string> { ["daemon.drain"] = "\"30s\"" },
        };

        var read = ControlProtocol.ReadAnswer(ControlProtocol.Write(answer)).Answer!;

        Assert.Equal((answer.Status, answer.Messages[0]), (read.Status, read.Messages[0]));
        Assert.Equal(answer.Changes, read.Changes);
        Assert.Equal(answer.Entries, read.Entries);
    }

    [Fact]
    public void Write_WhatAPeerChose_IsOneLineOfAscii()
    {
        var line = ControlProtocol.Write(ControlAnswer.Of(0, "\n\u001b\u2028\u202Eü"));

        Assert.Equal(line.Length - 1, Array.IndexOf(line, (byte)'\n'));
        Assert.All(line[..^1], value => Assert.InRange(value, (byte)' ', (byte)'~'));
        Assert.Equal("\n\u001b\u2028\u202Eü", JsonDocument.Parse(line).RootElement.GetProperty("messages")[0].GetString());
    }
}
