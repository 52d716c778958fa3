using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Toml;

/// <summary>Turns a table into the settings of a handler, with the positions of all values.</summary>
internal sealed class SettingsTree
{
    private readonly Problems _problems;
    private bool _isSound = true;

    private SettingsTree(Problems problems) => _problems = problems;

    /// <summary>The settings; null after a problem, such as a date, which settings cannot hold.</summary>
    public static Settings? Of(TableNode table, Problems problems)
    {
        var tree = new SettingsTree(problems);
        var settings = tree.Convert(table);
        return tree._isSound ? settings : null;
    }

    private static SettingPosition At(Position at) => new(at.Source.Name, at.Line, at.Column, at.Length);

    private Settings Convert(TableNode table) => new(table.Entries.ToDictionary(
        entry => entry.Key,
        entry => new Setting(Convert(entry.Value), At(entry.Value.At), At(entry.KeyAt))));

    private object Convert(Node node)
    {
        switch (node)
        {
            case TableNode table:
                return Convert(table);
            case ArrayNode array:
                return array.Items.Select(Convert).ToList();
            case ScalarNode { Value: string or long or double or bool } scalar:
                return scalar.Value;
            default:
                _problems.Error(node.At, "settings cannot hold dates and times; write a string");
                _isSound = false;
                return "";
        }
    }
}
