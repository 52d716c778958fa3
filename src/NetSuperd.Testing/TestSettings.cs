using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Testing;

/// <summary>Settings of a handler, read from TOML as the daemon reads <c>[services.NAME.settings]</c>.</summary>
public static class TestSettings
{
    /// <summary>The name of the file in positions.</summary>
    public const string File = "settings.toml";

    /// <summary>Reads the content of the table <c>settings</c>, such as <c>word = "Hello"</c>. Each value has its position.</summary>
    /// <param name="toml">The lines of the table, without its header.</param>
    /// <exception cref="SettingsException">The text is not TOML, or has a date. The position is that of the first problem.</exception>
    public static Settings Of(string toml)
    {
        var problems = new Problems();
        var source = new SourceText(File, toml);
        var settings = TomlReader.Read(source, problems) is { } table ? SettingsTree.Of(table, problems) : null;
        if (problems.InOrder() is [var first, ..])
        {
            throw new SettingsException(
                first.Message, new SettingPosition(File, first.At.Line, first.At.Column, first.At.Length));
        }

        return settings!;
    }
}
