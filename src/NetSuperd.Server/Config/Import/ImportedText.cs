using System.Text;
using NetSuperd.Server.Config.Keys;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Server.Config.Toml;

namespace NetSuperd.Server.Config.Import;

/// <summary>Imported services as text of a map, each with a comment that says where it came from.</summary>
internal static class ImportedText
{
    /// <summary>The map with all services.</summary>
    public static string Of(ImportedMap map)
    {
        var text = new StringBuilder();
        text.Append($"[{MapKeys.Ports}]\n");
        foreach (var service in map.Services)
        {
            AppendPorts(text, service);
        }

        if (map.Defaults is { } defaults)
        {
            text.Append('\n').Append(OfDefaults(defaults));
        }

        foreach (var service in map.Services.Where(service => service.NeedsTable))
        {
            text.Append('\n');
            AppendTable(text, service);
        }

        return text.ToString();
    }

    /// <summary>A drop-in with one service.</summary>
    public static string Of(ImportedService service)
    {
        var text = new StringBuilder();
        if (service.Sockets.Count > 0)
        {
            text.Append($"{(service.NeedsTable ? "" : $"# {service.At}\n")}[{MapKeys.Ports}]\n");
            AppendPorts(text, service);
        }

        if (service.NeedsTable)
        {
            text.Append(text.Length > 0 ? "\n" : "");
            AppendTable(text, service);
        }

        return text.ToString();
    }

    /// <summary>The table <c>[defaults]</c>.</summary>
    public static string OfDefaults(ImportedService defaults)
    {
        var text = new StringBuilder($"# {PlainText.Of(defaults.At.Source.Name)}\n[{MapKeys.Defaults}]\n");
        AppendKeys(text, defaults);
        return text.ToString();
    }

    private static void AppendPorts(StringBuilder text, ImportedService service)
    {
        foreach (var socket in service.Sockets)
        {
            text.Append($"{TomlWriter.Key(socket.Text)} = {TomlWriter.Node(ImportedMap.PortValue(service, socket))}\n");
        }
    }

    private static void AppendTable(StringBuilder text, ImportedService service)
    {
        text.Append($"# {PlainText.Of($"{service.At}")}\n");
        foreach (var remark in service.Remarks)
        {
            text.Append($"# {PlainText.Of(remark)}\n");
        }

        text.Append($"[{MapKeys.Services}.{TomlWriter.Key(service.Name)}]\n");
        AppendKeys(text, service);
    }

    private static void AppendKeys(StringBuilder text, ImportedService service)
    {
        foreach (var entry in service.Keys)
        {
            text.Append($"{entry.Key} = {TomlWriter.Node(entry.Value)}\n");
        }
    }
}
