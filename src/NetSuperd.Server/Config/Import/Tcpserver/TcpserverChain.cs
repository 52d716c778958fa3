using System.Globalization;
using NetSuperd.Server.Config.Keys;

namespace NetSuperd.Server.Config.Import.Tcpserver;

/// <summary>
/// The programs that change the process and then execute the next one, in front of tcpserver or behind it: softlimit(8), setuidgid(8),
/// envdir(8), chpst(8) and others become keys.
/// </summary>
internal sealed class TcpserverChain(Importing importing, ShellVariables variables, ImportedService service)
{
    // An option with a value, by program.
    private const string OfSoftlimit = "acdflmoprst";
    private const string OfChpst = "uUbeCnlLmdopfct/";
    private const int MostVariables = 1000;
    private const int MostPrograms = 32;

    private static readonly Dictionary<char, string[]> Limits = new()
    {
        ['m'] = ["data", "stack", "memlock", "as"], ['d'] = ["data"], ['s'] = ["stack"], ['l'] = ["memlock"], ['a'] = ["as"],
        ['o'] = ["nofile"], ['p'] = ["nproc"], ['f'] = ["fsize"], ['c'] = ["core"], ['r'] = ["rss"], ['t'] = ["cpu"],
    };

    /// <summary>Whether a value is missing, so that the service cannot be served as it is.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Takes the programs at the front of a command, and gives what they execute.</summary>
    public IReadOnlyList<ShellWord> Take(IReadOnlyList<ShellWord> command)
    {
        var rest = command;
        for (var count = 0; count < MostPrograms && rest.Count > 0 && TakeOne(rest) is { } taken; count++)
        {
            rest = taken;
        }

        return rest;
    }

    /// <summary>Says that a word has a part whose value is not known.</summary>
    public bool IsMissing(ShellWord word, string what)
    {
        if (word.Missing is not { } missing)
        {
            return false;
        }

        IsIncomplete = true;
        importing.Map.Lost(word.Word.At, $"the value of {missing} is not known here: fill in {what}, and remove enabled");
        service.Remarks.Add($"fill in {what}: {missing}");
        return true;
    }

    private IReadOnlyList<ShellWord>? TakeOne(IReadOnlyList<ShellWord> rest)
    {
        switch (Path.GetFileName(rest[0].Text))
        {
            case "exec" or "nohup" or "pgrphack" or "command":
                return Tail(rest, 1);
            case "env":
                return TakeEnv(rest);
            case "softlimit":
                return Options(rest, OfSoftlimit, SetLimit);
            case "chpst":
                return Options(rest, OfChpst, SetChpst);
            case "setlock":
                importing.Map.Lost(rest[0].Word.At, "the lock of setlock(8) is not taken: the daemon starts the program itself");
                return Tail(Options(rest, "", (_, _) => { }), 1);
            case "setuidgid" when rest.Count > 1:
                SetUser(rest[1]);
                return Tail(rest, 2);
            case "fdmove":
                return Tail(Options(rest, "", (_, _) => { }), 2);
            case "envuidgid" when rest.Count > 1:
                SetIds(rest[1]);
                return Tail(rest, 2);
            case "envdir" when rest.Count > 1:
                ReadFolder(rest[1]);
                return Tail(rest, 2);
            case "nice" when rest.Count > 1:
                return TakeNice(rest);
            default:
                return null;
        }
    }

    private static IReadOnlyList<ShellWord> Tail(IReadOnlyList<ShellWord> words, int from) => [.. words.Skip(from)];

    private IReadOnlyList<ShellWord> TakeEnv(IReadOnlyList<ShellWord> rest)
    {
        var at = 1;
        for (; at < rest.Count && IsOfEnv(rest[at]); at++)
        {
            // The environment is a clean one in any case.
            if (rest[at].Text is "-u" or "--unset")
            {
                at++;
                continue;
            }

            var equals = rest[at].Text.IndexOf('=', StringComparison.Ordinal);
            if (ShellVariables.IsAssignment(rest[at].Text) && !IsMissing(rest[at], "env"))
            {
                var value = rest[at].Word with { Text = rest[at].Text[(equals + 1)..] };
                SetVariable(rest[at].Text[..equals], value);
                variables.Set(rest[at].Text[..equals], value.Text);
            }
        }

        return Tail(rest, at);
    }

    private static bool IsOfEnv(ShellWord word) =>
        word.Text is "-" or "--" or "-i" or "--ignore-environment" or ['-', 'u', ..] || ShellVariables.IsAssignment(word.Text)
        || word.Text.StartsWith("--unset", StringComparison.Ordinal);

    private IReadOnlyList<ShellWord> TakeNice(IReadOnlyList<ShellWord> rest)
    {
        var (value, next) = rest[1].Text == "-n" && rest.Count > 2 ? (rest[2].Text, 3)
            : rest[1].Text.StartsWith('-') ? (rest[1].Text.TrimStart('-').TrimStart('n'), 2)
            : ("10", 1);
        if (int.TryParse(value, CultureInfo.InvariantCulture, out var nice))
        {
            service.Set(ServiceKeys.Nice, nice, rest[0].Word.At);
        }

        return Tail(rest, next);
    }

    /// <summary>Reads options as getopt(3) does.</summary>
    public static IReadOnlyList<ShellWord> Options(IReadOnlyList<ShellWord> rest, string withValue, Action<char, ShellWord> take)
    {
        var at = 1;
        for (; at < rest.Count && rest[at].Text is ['-', not '-', ..] or ['-', '-']; at++)
        {
            if (rest[at].Text == "--")
            {
                at++;
                break;
            }

            for (var letter = 1; letter < rest[at].Text.Length; letter++)
            {
                var (option, word) = (rest[at].Text[letter], rest[at]);
                if (!withValue.Contains(option, StringComparison.Ordinal))
                {
                    take(option, word);
                    continue;
                }

                if (letter + 1 < word.Text.Length)
                {
                    take(option, word with { Word = word.Word with { Text = word.Text[(letter + 1)..] } });
                }
                else if (at + 1 < rest.Count)
                {
                    take(option, rest[++at]);
                }
                else
                {
                    return [];
                }

                break;
            }
        }

        return Tail(rest, at);
    }

    private void SetLimit(char option, ShellWord value)
    {
        if (!Limits.TryGetValue(option, out var names) || IsMissing(value, "limits"))
        {
            return;
        }

        foreach (var name in names)
        {
            if (!ulong.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                importing.Map.Lost(value.Word.At, $"'{value.Text}' is no limit, and is left out: see limits in netsuperd.toml(5)");
                return;
            }

            object limit = name == "cpu" ? $"{value.Text}s" : name is "nofile" or "nproc" ? value.Text : ForeignSize.Of(value.Text);
            service.Set(ServiceKeys.Limits, name, limit, value.Word.At);
        }
    }

    private void SetChpst(char option, ShellWord value)
    {
        switch (option)
        {
            case 'u':
                SetUser(value);
                break;
            case 'U':
                SetIds(value);
                break;
            case 'b':
                service.Set(ServiceKeys.Argv0, value.Text, value.Word.At);
                break;
            case 'e':
                ReadFolder(value);
                break;
            case '/':
                SetPath(ServiceKeys.Chroot, value);
                break;
            case 'C':
                SetPath(ServiceKeys.Cwd, value);
                break;
            case 'n' when int.TryParse(value.Text, CultureInfo.InvariantCulture, out var nice):
                service.Set(ServiceKeys.Nice, nice, value.Word.At);
                break;
            case 'l' or 'L':
                importing.Map.Lost(value.Word.At, "the lock of chpst(8) is not taken: the daemon starts the program itself");
                break;
            case 'v' or 'V' or 'P' or '0' or '1' or '2':
                importing.Map.Kept(value.Word.At, $"-{option} of chpst has no part in the map");
                break;
            default:
                SetLimit(option, value);
                break;
        }
    }

    private void SetPath(Key<Service> key, ShellWord value)
    {
        if (!IsMissing(value, key.Name))
        {
            service.Set(key, variables.PathOf(value.Text), value.Word.At);
        }
    }

    /// <summary>Sets the user with its primary group alone.</summary>
    public void SetUser(ShellWord user)
    {
        if (!IsMissing(user, "user"))
        {
            ForeignUser.SetWithGroup(importing, service, user.Word with { Text = user.Text.TrimStart(':') });
            service.Set(ServiceKeys.Groups, "none", user.Word.At);
        }
    }

    // For -U of tcpserver, and for the program.
    private void SetIds(ShellWord user)
    {
        var entry = user.Missing is null ? importing.Names.UserEntry(user.Text) : null;
        variables.Set("UID", entry is null ? null : user.Text);
        variables.Set("GID", entry is null ? null : $"{entry.GroupId}");
        if (entry is null)
        {
            importing.Map.Lost(user.Word.At, $"there is no user '{user.Text}' here, so UID and GID are not set: create it, or write env");
            return;
        }

        SetVariable("UID", user.Word with { Text = $"{entry.UserId}" });
        SetVariable("GID", user.Word with { Text = $"{entry.GroupId}" });
    }

    /// <summary>The files of a folder are variables, envdir(8).</summary>
    private void ReadFolder(ShellWord folder)
    {
        if (IsMissing(folder, "env"))
        {
            return;
        }

        var path = variables.PathOf(folder.Text);
        if (!Directory.Exists(path))
        {
            importing.Map.Lost(folder.Word.At, $"there is no folder {path}, so its variables are not in env");
            return;
        }

        importing.Map.ChangedOnce(folder.Word.At, $"the variables of {path} are env of the service: a change of the folder is no "
            + "longer seen");
        foreach (var file in importing.Files.Matching(path + "/*").Take(MostVariables))
        {
            if (importing.Files.Shared(file) is { Text.Length: > 0 } content)
            {
                SetVariable(Path.GetFileName(file), new Word(content.Line(1).TrimEnd(), folder.Word.At));
            }
        }
    }

    private void SetVariable(string name, Word value) => service.Set(ServiceKeys.Env, name, value.Text, value.At);
}
