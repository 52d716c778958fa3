using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Xinetd;

/// <summary>The attributes of an entry, as xinetd sets them line by line, and what it complains about.</summary>
/// <param name="isDefaults">Whether they are those of the defaults.</param>
internal sealed partial class XinetdSettings(bool isDefaults)
{
    // xinetd copies these from the defaults before it reads the entry, which may add to them or remove from them.
    private static readonly string[] Copied =
        ["log_on_success", "log_on_failure", "only_from", "no_access", "passenv", "banner", "banner_success", "banner_fail"];

    // xinetd takes the words of a comment for values of these, and does not know them.
    private static readonly string[] Strict =
        ["type", "flags", "access_times", "log_type", "log_on_success", "log_on_failure", "env"];

    private readonly Dictionary<string, (Position At, List<Word> Values, bool IsOwn)> _values = [];

    /// <summary>What has become of lines: <see cref="Outcome.Changed"/> or <see cref="Outcome.Lost"/>.</summary>
    public List<Finding> Findings { get; } = [];

    /// <summary>Why xinetd disables the service, or ends if these are the defaults.</summary>
    public List<(Position At, string Reason)> Faults { get; } = [];

    /// <summary>Fences of another program that extends xinetd.</summary>
    public List<Word> ForeignFences { get; } = [];

    /// <summary>The only value of an attribute; null: it is not set.</summary>
    public Word? One(string name) => _values.TryGetValue(name, out var found) && found.Values is [var word, ..] ? word : null;

    /// <summary>All values of an attribute; null: it is not set.</summary>
    public IReadOnlyList<Word>? All(string name) => _values.TryGetValue(name, out var found) ? found.Values : null;

    /// <summary>Where an attribute is set.</summary>
    public Position? At(string name) => _values.TryGetValue(name, out var found) ? found.At : null;

    /// <summary>Whether the entry itself sets an attribute.</summary>
    public bool IsOwn(string name) => _values.TryGetValue(name, out var found) && found.IsOwn;

    /// <summary>Whether a list has a word, in upper or lower case.</summary>
    public Word? Find(string name, string word) =>
        All(name)?.FirstOrDefault(value => value.Text.Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes over from the defaults what an entry may change.</summary>
    public void CopyFrom(XinetdSettings defaults)
    {
        foreach (var name in Copied)
        {
            if (defaults._values.TryGetValue(name, out var found))
            {
                _values[name] = (found.At, [.. found.Values], false);
            }
        }
    }

    /// <summary>Takes over from the defaults what the entry does not set.</summary>
    public void FillFrom(XinetdSettings defaults)
    {
        foreach (var (name, found) in defaults._values)
        {
            _values.TryAdd(name, (found.At, found.Values, false));
        }
    }

    /// <summary>Sets what the lines of an entry say.</summary>
    public void Read(IEnumerable<XinetdLine> lines)
    {
        foreach (var line in lines)
        {
            if (AttributeOf(line) is { } attribute && ValuesOf(line, attribute) is { } values)
            {
                Set(line, attribute, values);
            }
        }
    }

    private XinetdAttribute? AttributeOf(XinetdLine line)
    {
        var (name, at) = (line.Name.Text, line.Name.At);
        var known = XinetdAttribute.Named(name);
        if (known is not null && !isDefaults && known.Name is "enabled" or "disabled")
        {
            known = null;
        }

        if (known is null && Fence().IsMatch(name))
        {
            ForeignFences.Add(line.Name);
            return null;
        }

        if (known is null)
        {
            var meant = XinetdAttribute.Near(name);
            meant = meant is { Name: "enabled" or "disabled" } && !isDefaults ? XinetdAttribute.Named("disable") : meant;

            // More addresses that may come in are no limit.
            var isSet = meant is { IsLimit: true } && !(meant.Name == "only_from" && _values.ContainsKey(meant.Name));
            Say(at, isSet, $"xinetd has no attribute '{Cut(name)}', and left the line out" + (meant is null ? ""
                : isSet ? $"; it is taken for '{meant.Name}', which was meant"
                : $"; did you mean '{meant.Name}'?"));
            known = isSet ? meant : null;
        }

        if (known is not null && isDefaults && !known.IsDefault)
        {
            Say(at, known.IsLimit, known.IsLimit
                ? $"'{known.Name}' is no attribute of defaults, so xinetd left it out and no service had the limit; now all of them have it"
                : $"'{known.Name}' is no attribute of defaults, so xinetd left it out: write it in the services that need it");
            return known.IsLimit ? known : null;
        }

        return known;
    }

    /// <summary>The values without a comment behind them; null: xinetd leaves the line out, and so does the map.</summary>
    private IReadOnlyList<Word>? ValuesOf(XinetdLine line, XinetdAttribute attribute)
    {
        var (name, at) = (attribute.Name, line.Name.At);
        var comment = line.Values.ToList().FindIndex(value => value.Text.StartsWith('#'));
        var values = comment < 0 || name == "server_args" ? line.Values : [.. line.Values.Take(comment)];
        if (attribute.Count is { } count && line.Values.Count != count)
        {
            var isMeant = attribute.IsLimit && values.Count == count;
            Say(at, isMeant, $"'{name}' has {line.Values.Count} value{(line.Values.Count == 1 ? "" : "s")} instead of {count}, so xinetd "
                + "left the line out" + (isMeant ? "; what stands before the comment was meant, and is set"
                    : name == "cps" ? $": {(isDefaults ? "" : "the limit of defaults holds, or else ")}that of "
                        + $"{XinetdLimits.UsualRate} clients a second"
                    : comment >= 0 ? ": a comment needs a line of its own"
                    : ""));
            return isMeant ? values : null;
        }

        if (comment >= 0)
        {
            if (Strict.Contains(name))
            {
                Faults.Add((line.Values[comment].At, $"the comment behind '{name}' is a wrong value: a comment needs a line of its own"));
            }
            else
            {
                Say(line.Values[comment].At, true, name == "server_args"
                    ? "'#' begins no comment here: the program gets these words as arguments, as before"
                    : $"'#' begins no comment here: xinetd took these words for values of '{name}', and they are left out now");
            }
        }

        if (attribute is { Count: null, IsList: false } && line.Values.Count == 0)
        {
            Faults.Add((at, $"'{name}' has no value"));
            return null;
        }

        return values;
    }

    private void Set(XinetdLine line, XinetdAttribute attribute, IReadOnlyList<Word> values)
    {
        var (name, at, own) = (attribute.Name, line.Name.At, _values.TryGetValue(attribute.Name, out var known) && known.IsOwn);
        if (!attribute.IsList)
        {
            // xinetd takes log_type of the defaults as often as it is there.
            if (own && !(isDefaults && name == "log_type"))
            {
                Say(at, false, $"'{name}' is set in line {known.At.Line} already, so xinetd left this line out: remove one of the two");
                return;
            }

            if (line.Operator != XinetdOperator.Set)
            {
                Say(at, attribute.IsLimit, $"'{name}' takes only the operator =, so xinetd left the line out"
                    + (attribute.IsLimit ? "; it is set now" : ""));
                if (!attribute.IsLimit)
                {
                    return;
                }
            }

            _values[name] = (at, [.. values], true);
            return;
        }

        if (line.Operator == XinetdOperator.Remove && name == "env")
        {
            Faults.Add((at, "'env' does not take the operator -="));
            return;
        }

        var list = known.Values is null || (line.Operator == XinetdOperator.Set && !isDefaults) ? [] : known.Values.ToList();
        if (line.Operator == XinetdOperator.Remove)
        {
            list.RemoveAll(value => values.Any(other => other.Text.Equals(value.Text, StringComparison.OrdinalIgnoreCase)));
        }
        else
        {
            list.AddRange(values);
        }

        _values[name] = (at, list, true);
    }

    private void Say(Position at, bool isChanged, string message) =>
        Findings.Add(new Finding(at, isChanged ? Outcome.Changed : Outcome.Lost, message));

    private static string Cut(string text) => text.Length <= 60 ? text : text[..60] + "...";

    [GeneratedRegex("kafel|seccomp|jail|chroot|sandbox|apparmor|selinux|cgroup|capab|caps|namespace|syscall", RegexOptions.IgnoreCase)]
    private static partial Regex Fence();
}
