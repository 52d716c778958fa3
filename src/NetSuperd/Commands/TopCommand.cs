using System.CommandLine;
using System.Globalization;
using NetSuperd.Control;
using NetSuperd.Platform;
using NetSuperd.Server.Config;
using NetSuperd.Top;

namespace NetSuperd.Commands;

/// <summary><c>netsuperd top</c>: what the daemon serves, live in a terminal.</summary>
internal static class TopCommand
{
    private const double LeastSeconds = 0.2;
    private const double MostSeconds = 3600;

    /// <summary>The command.</summary>
    public static Command Create(Option<string?> control, Option<string?> config)
    {
        var interval = new Option<double>("--interval")
        {
            Description = "How often the daemon is asked",
            HelpName = "SECONDS",
            DefaultValueFactory = _ => 1,
            CustomParser = result => double.TryParse(
                    result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
                ? seconds
                : 0,
        };
        var token = new Option<string?>("--token-file")
        {
            Description = "The operators' token, by which a user without the control socket may pause, resume and abort",
            HelpName = "FILE",
        };
        var top = new Command("top", "Show services, connections and events live in the terminal") { interval, token, control, config };
        top.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(interval), parsed.GetValue(token), parsed.GetValue(control), parsed.GetValue(config)));
        return top;
    }

    private static async Task<int> RunAsync(double interval, string? tokenFile, string? control, string? config)
    {
        if (interval is < LeastSeconds or > MostSeconds)
        {
            Terminal.Say("netsuperd: --interval takes a number of seconds from 0.2 to 3600, such as 2");
            return ExitStatus.Usage;
        }

        using var screen = Screen.Open();
        if (screen is null)
        {
            Terminal.Say("netsuperd: top needs a terminal for input and output, and one that can move its cursor (TERM); "
                + "'netsuperd status' and 'netsuperd connections' print the same once, with --json for programs");
            return ExitStatus.Usage;
        }

        var (token, problem) = tokenFile is null ? (null, null) : ReadToken(tokenFile);
        if (problem is not null)
        {
            Terminal.Say($"netsuperd: cannot read the token in {tokenFile}: {problem}");
            return ExitStatus.NoInput;
        }

        var (path, status) = DaemonArguments.Find(control, config, isQuestion: true);
        if (path is null)
        {
            return status;
        }

        var daemon = new WatchedDaemon(path, token);
        var answer = await daemon.AskAsync(ControlRequest.Of(ControlCommand.Status), CancellationToken.None);
        if (answer.Daemon is null)
        {
            DaemonCommand.Say(answer);
            return answer.Status;
        }

        var first = new Look(TimeProvider.System.GetUtcNow(), answer.Daemon);
        var isReadOnly = await daemon.IsForQuestionsAsync(CancellationToken.None);
        using var session = new TopSession(daemon, first, TimeSpan.FromSeconds(interval), isReadOnly);
        return await session.RunAsync(screen);
    }

    private static (string? Token, string? Problem) ReadToken(string file)
    {
        try
        {
            var text = File.ReadAllText(FullPath.Of(file));
            return OperatorToken.Read(text, out var problem) is null ? (null, problem) : (text.TrimEnd('\n'), null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, failure.Message);
        }
    }
}
