using System.CommandLine;
using NetSuperd.Control;

namespace NetSuperd.Commands;

/// <summary>A command for a daemon, as typed.</summary>
/// <param name="Request">The request.</param>
/// <param name="Control">The argument of <c>--control</c>.</param>
/// <param name="Config">The argument of <c>--config</c>.</param>
/// <param name="Json">Whether it prints JSON.</param>
/// <param name="Watch">Whether it prints again and again.</param>
/// <param name="Full">Whether it prints defaults as well.</param>
/// <param name="Wide">Whether its lines are as long as they are, whatever the terminal has room for.</param>
internal sealed record CommandCall(
    ControlRequest Request, string? Control, string? Config, bool Json = false, bool Watch = false, bool Full = false, bool Wide = false)
{
    /// <summary>The room that its lines have; null: they are not cut.</summary>
    public LineRoom? Room => Json || Wide ? null : Terminal.Room;

    /// <summary>Reads it from the command line.</summary>
    public static CommandCall From(ControlCommand command, ParseResult parsed, Option<string?> control, Option<string?> config) => new(
        command.Arguments.Aggregate(ControlRequest.Of(command), (request, argument) => argument.Put(request, parsed)),
        parsed.GetValue(control),
        parsed.GetValue(config),
        CommandArgument.Json.IsSet(parsed),
        CommandArgument.Watch.IsSet(parsed),
        CommandArgument.Full.IsSet(parsed),
        CommandArgument.Wide.IsSet(parsed));
}
