using System.Text;
using NetSuperd.Control;

namespace NetSuperd.Tests.Control;

public sealed class ControlCommandTests
{
    private static readonly ControlRequest AllMembers = new()
    {
        Version = ControlProtocol.Version,
        Command = "",
        Id = 12,
        Service = "echo",
        Signal = "HUP",
        Peer = "192.0.2.1",
        State = "established",
        Idle = "10m",
        Socket = "7",
        DryRun = true,
        Now = true,
    };

    public static TheoryData<string> Words => [.. ControlCommand.All.Select(command => command.Word)];

    [Theory]
    [MemberData(nameof(Words))]
    public async Task Run_ARequest_IsTheCallOfTheDaemonWithItsMembers(string word)
    {
        var request = Request(word, member => true);
        ControlRequest? called = null;
        var answer = ControlAnswer.Of(71, "not now");
        var daemon = new OperatorStandIn(asked =>
        {
            called = asked;
            return Task.FromResult(answer);
        });

        Assert.Same(answer, await ControlCommand.Find(word)!.RunAsync(daemon, request));
        Assert.Equal(request, called);
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void Request_WithTheMembersOfItsCommand_IsLetThrough(string word)
    {
        var request = Request(word, member => true);

        Assert.Equal((request, null), ControlProtocol.ReadRequest(ControlProtocol.Write(request)));
    }

    [Theory]
    [MemberData(nameof(Words))]
    public void Request_WithAnotherMemberOrWithoutOne_IsRefusedByItsName(string word)
    {
        var arguments = ControlCommand.Find(word)!.Arguments;
        foreach (var member in (string[])["id", "service", "signal", "peer", "state", "idle", "socket", "dry_run", "now"])
        {
            var own = arguments.FirstOrDefault(argument => argument.Member == member);
            var request = Request(word, other => other != member);
            var (_, problem) = ControlProtocol.ReadRequest(own is null ? Line(request, member) : ControlProtocol.Write(request));

            var expected = own is null ? $"'{word}' has no member '{member}'"
                : own.IsNeeded ? $"'{word}' needs the member '{member}'"
                : ControlCommand.Find(word)!.Check(request);
            Assert.Equal(expected, problem);
        }
    }

    [Fact]
    public void Words_OfTheTable_AreThereOnce() =>
        Assert.Equal(ControlCommand.All.Count, ControlCommand.All.Select(command => command.Word).Distinct().Count());

    [Fact]
    public void Changes_WhichWaitForARestart_TakeTheirTime() => Assert.Equal(
        ["reload", "restart", "reopen", "stop", "start", "signal", "pause", "resume"],
        ControlCommand.All.Where(command => command.TakesItsTime).Select(command => command.Word));

    [Fact]
    public void Questions_WhichChangeNothing_AreFive() => Assert.Equal(
        ["status", "connections", "explain", "events", "map"],
        ControlCommand.All.Where(command => command.IsQuestion).Select(command => command.Word));

    /// <summary>A request with those members that the command has.</summary>
    private static ControlRequest Request(string word, Func<string, bool> isIn)
    {
        // Of abort's members, id does not go with the others.
        var members = ControlCommand.Find(word)!.Arguments.Select(argument => argument.Member).OfType<string>()
            .Where(member => isIn(member) && (word != "abort" || member == "id")).ToList();
        return AllMembers with
        {
            Command = word,
            Id = members.Contains("id") ? AllMembers.Id : null,
            Service = members.Contains("service") ? AllMembers.Service : null,
            Signal = members.Contains("signal") ? AllMembers.Signal : null,
            Peer = members.Contains("peer") ? AllMembers.Peer : null,
            State = members.Contains("state") ? AllMembers.State : null,
            Idle = members.Contains("idle") ? AllMembers.Idle : null,
            Socket = members.Contains("socket") ? AllMembers.Socket : null,
            DryRun = members.Contains("dry_run") ? true : null,
            Now = members.Contains("now") ? true : null,
        };
    }

    /// <summary>The line of a request with one more member.</summary>
    private static byte[] Line(ControlRequest request, string member)
    {
        var value = member switch { "id" => "12", "dry_run" or "now" => "true", _ => "\"x\"" };
        var line = Encoding.UTF8.GetString(ControlProtocol.Write(request)).TrimEnd('\n');
        return Encoding.UTF8.GetBytes($"{line[..^1]},\"{member}\":{value}}}\n");
    }
}
