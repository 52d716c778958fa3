using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Stunnel;

/// <summary>A service of stunnel on its way into the map.</summary>
/// <param name="importing">What every translator needs.</param>
/// <param name="section">Its section.</param>
/// <param name="target">The service of the map.</param>
/// <param name="said">What has been said: an option that holds for all services is reported once.</param>
internal sealed class StunnelService(Importing importing, StunnelSection section, ImportedService target, HashSet<Finding> said)
{
    /// <summary>What every translator needs.</summary>
    public Importing Importing { get; } = importing;

    /// <summary>Its section.</summary>
    public StunnelSection Section { get; } = section;

    /// <summary>The service of the map.</summary>
    public ImportedService Target { get; } = target;

    /// <summary>Whether its clients are not encrypted, and its target is.</summary>
    public bool IsClient => IsYes("client");

    /// <summary>The map has the same.</summary>
    public void Kept(Position at, string message) => Say(new Finding(at, Outcome.Kept, message));

    /// <summary>The map behaves differently.</summary>
    public void Changed(Position at, string message) => Say(new Finding(at, Outcome.Changed, message));

    /// <summary>The map does not have it.</summary>
    public void Lost(Position at, string message) => Say(new Finding(at, Outcome.Lost, message));

    /// <summary>stunnel does not start: the service is disabled, so that nothing is open that was not.</summary>
    public void Break(Position at, string reason) =>
        Disable(at, reason, $"stunnel did not start with it, and '{Target.Name}' is disabled: {reason}");

    /// <summary>The map cannot keep clients or the target within what stunnel did: the service is disabled.</summary>
    public void Fence(Position at, string reason) => Disable(at, reason, $"'{Target.Name}' is disabled: {reason}");

    /// <summary>Whether an option is yes.</summary>
    public bool IsYes(string option)
    {
        var value = Section.One(option);
        if (value is not null && value.Text.ToLowerInvariant() is not ("yes" or "no"))
        {
            Break(value.At, $"'{value.Text}' at {option} is neither yes nor no");
        }

        return value?.Text.Equals("yes", StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>A time in seconds within what the map takes; null: it is not set, or is no number.</summary>
    public (string Text, Position At)? Seconds(string option, int most)
    {
        if (Section.One(option) is not { } value)
        {
            return null;
        }

        if (!int.TryParse(value.Text, System.Globalization.NumberStyles.None, null, out var seconds))
        {
            Break(value.At, $"'{value.Text}' at {option} is no number of seconds");
            return null;
        }

        var within = Math.Clamp(seconds, 1, most);
        if (within != seconds)
        {
            Changed(value.At, $"{option} becomes {within} s, since the map takes 1 to {most}");
        }

        return ($"{within}s", value.At);
    }

    /// <summary>
    /// The path of a file: one that is not absolute is taken from the folder of the configuration. Without the file, the service is
    /// disabled.
    /// </summary>
    public string FileOf(Word word)
    {
        var path = Path.GetFullPath(word.Text, Path.GetDirectoryName(Path.GetFullPath(word.At.Source.Name)) ?? "/");
        if (!word.Text.StartsWith('/'))
        {
            Changed(word.At, $"stunnel looked for '{word.Text}' in its working directory: the map has {path}");
        }

        if (IsMissing(path))
        {
            Fence(word.At, $"there is no file '{path}'");
        }

        return path;
    }

    // Whether it is there behind a folder that this user may not enter is not known.
    private static bool IsMissing(string path)
    {
        try
        {
            _ = File.GetAttributes(path);
            return false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure is FileNotFoundException or DirectoryNotFoundException;
        }
    }

    private void Say(Finding finding)
    {
        if (said.Add(finding))
        {
            Importing.Map.Add(finding);
        }
    }

    private void Disable(Position at, string reason, string message)
    {
        Lost(at, message);
        Target.Disable(Target.At);
        if (!Target.Remarks.Contains(reason))
        {
            Target.Remarks.Add(reason);
        }
    }
}
