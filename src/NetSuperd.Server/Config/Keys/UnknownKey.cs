using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Keys;

/// <summary>The message for a key that does not exist.</summary>
internal static class UnknownKey
{
    /// <summary>The message; <paramref name="section"/> is empty for the file itself.</summary>
    public static string Message(Entry entry, string section, IEnumerable<string> known) =>
        MapKeys.AtTop.Contains(entry.Key) && section.Length > 0
            ? $"'{entry.Key}' stands below the header [{section}] and so belongs to it; write it above the first header"
            : $"unknown key '{entry.Key}'{(section.Length == 0 ? "" : $" in {section}")}{Suggestion.For(entry.Key, known)}";
}
