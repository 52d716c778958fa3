using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using NetSuperd.Control;
using NetSuperd.Platform;

namespace NetSuperd.Commands;

/// <summary>An argument or option of a command for a daemon.</summary>
internal sealed class CommandArgument
{
    public static readonly CommandArgument DryRun = Option(
        "--dry-run", "Print what would change, and change nothing", "dry_run", request => request with { DryRun = true });

    public static readonly CommandArgument Full = Option("--full", "Print the defaults of new services and sockets as well");

    public static readonly CommandArgument Now = Option(
        "--now", "Do not wait for connections to end", "now", request => request with { Now = true });

    public static readonly CommandArgument Changes = Option(
        "--changes", "Leave out the start and end of connections that are served", "changes", request => request with { Changes = true });

    public static readonly CommandArgument Json = Option("--json", "Print JSON, for programs");

    public static readonly CommandArgument Wide = Option("--wide", "Do not fit the lines to the width of the terminal");

    public static readonly CommandArgument Watch = Option("--watch", "Print again every second");

    public static readonly CommandArgument Service = Needed(
        new Argument<string>("NAME") { Description = "The service", CustomParser = NameOf },
        "service",
        (request, name) => request with { Service = name });

    /// <summary>A service instead of the daemon. A script whose variable is empty must not stop the daemon.</summary>
    public static readonly CommandArgument OneService = OneServiceOrNone();

    public static readonly CommandArgument Signal = Needed(
        new Argument<string>("SIG")
        {
            Description = "The signal, such as HUP or SIGHUP or 1",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (SignalName.Find(text) is null)
                {
                    result.AddError($"'{text}' is not a signal; write a name such as HUP, or a number.");
                }

                return text;
            },
        },
        "signal",
        (request, signal) => request with { Signal = signal });

    public static readonly CommandArgument Peer = Needed(
        new Argument<string>("PEER") { Description = "An address, or uid:NAME for a unix socket" },
        "peer",
        (request, peer) => request with { Peer = peer });

    public static readonly CommandArgument Socket = Needed(
        new Argument<string>("SOCKET") { Description = "A socket as written in [ports], such as 2005 or 192.0.2.1:21" },
        "socket",
        (request, socket) => request with { Socket = socket });

    /// <summary>Only one service.</summary>
    public static readonly CommandArgument ByService = Filter(
        "--service", "NAME", "Only this service", "service", (request, name) => request with { Service = name });

    public static readonly CommandArgument ByPeer = Filter(
        "--peer", "PEER", "Only peers of an address or prefix, such as 10.0.0.0/8", "peer",
        (request, peer) => request with { Peer = peer });

    public static readonly CommandArgument ByState = Filter(
        "--state", "STATE", "Only this state, such as close-wait", "state", (request, state) => request with { State = state });

    public static readonly CommandArgument ByIdle = Filter(
        "--idle", "TIME", "Only without any data for this time, such as 10m", "idle", (request, time) => request with { Idle = time });

    public static readonly CommandArgument Id = IdOrNone();

    private readonly Func<ControlRequest, ParseResult, ControlRequest> _put;

    private CommandArgument(Symbol symbol, string? member, Func<ControlRequest, ParseResult, ControlRequest> put) =>
        (Symbol, Member, _put) = (symbol, member, put);

    /// <summary>The argument on the command line.</summary>
    public Symbol Symbol { get; }

    /// <summary>The member of the request for it; null: the daemon does not need it.</summary>
    public string? Member { get; }

    /// <summary>Whether the command requires it.</summary>
    public bool IsNeeded => Symbol is Argument { Arity.MinimumNumberOfValues: > 0 };

    /// <summary>Adds the typed value to a request.</summary>
    public ControlRequest Put(ControlRequest request, ParseResult parsed) => _put(request, parsed);

    /// <summary>The argument as it is typed for a request; null: the request is without it.</summary>
    public string? Typed(ControlRequest request) => (Symbol, Member is null ? null : ControlProtocol.ValueOf(request, Member)) switch
    {
        (_, null or false) => null,
        (_, true) => Symbol.Name,
        (Argument, var value) => Quoted($"{value}"),
        (_, var value) => $"{Symbol.Name} {Quoted($"{value}")}",
    };

    /// <summary>Whether an option was typed.</summary>
    public bool IsSet(ParseResult parsed) => parsed.GetValue((Option<bool>)Symbol);

    private static string NameOf(ArgumentResult result)
    {
        var name = result.Tokens[0].Value;
        if (name.Length == 0)
        {
            result.AddError("NAME is empty; write the name of a service.");
        }

        return name;
    }

    /// <summary>A value as one word of a shell, so that none reads as further words.</summary>
    private static string Quoted(string value) =>
        value.Length == 0 || value.Any(letter => char.IsWhiteSpace(letter) || letter is '\'' or '"')
        ? $"'{value.Replace("'", "'\\''", StringComparison.Ordinal)}'"
        : value;

    private static CommandArgument OneServiceOrNone()
    {
        var symbol = new Argument<string?>("NAME")
        {
            Description = "The service; without it the daemon is stopped",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = NameOf,
        };
        return new(symbol, "service", (request, parsed) => request with { Service = parsed.GetValue(symbol) });
    }

    private static CommandArgument IdOrNone()
    {
        var symbol = new Argument<long?>("ID")
        {
            Description = "The number of the connection, as 'netsuperd connections' shows it",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    result.AddError($"'{text}' is not the number of a connection; 'netsuperd connections' shows the numbers.");
                }

                return number;
            },
        };
        return new(symbol, "id", (request, parsed) => request with { Id = parsed.GetValue(symbol) });
    }

    private static CommandArgument Filter(
        string name, string value, string description, string member, Func<ControlRequest, string?, ControlRequest> put)
    {
        var symbol = new Option<string?>(name) { Description = description, HelpName = value };
        return new(symbol, member, (request, parsed) => put(request, parsed.GetValue(symbol)));
    }

    private static CommandArgument Needed<T>(Argument<T> symbol, string member, Func<ControlRequest, T, ControlRequest> put) =>
        new(symbol, member, (request, parsed) => put(request, parsed.GetValue(symbol)!));

    private static CommandArgument Option(
        string name, string description, string? member = null, Func<ControlRequest, ControlRequest>? put = null)
    {
        var symbol = new Option<bool>(name) { Description = description };
        return new(symbol, member, (request, parsed) => put is not null && parsed.GetValue(symbol) ? put(request) : request);
    }
}
