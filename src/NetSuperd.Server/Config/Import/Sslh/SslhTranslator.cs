using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Sslh;

/// <summary>
/// Translates sslh.cfg, and the command line of sslh: a service that passes its clients on by their first bytes, to forwards.
/// </summary>
internal sealed class SslhTranslator(Importing importing)
{
    private const string Own = "sslh";

    /// <summary>A command in the place of a path; null: it is a path.</summary>
    public static SourceText? CommandLine(ForeignFormat? format, string text) =>
        format is null or ForeignFormat.Sslh && SslhCommandLine.Is(text) && !Path.Exists(text)
            ? new SourceText("command line", text)
            : null;

    /// <summary>The settings of a file; null: it is none of libconfig, which has been reported.</summary>
    public static SslhGroup? Read(Importing importing, SourceText source)
    {
        var reader = new SslhReader(source);
        try
        {
            return reader.Read();
        }
        catch (FormatException wrong)
        {
            importing.Problems.Error(reader.At, $"this is no configuration of sslh: {wrong.Message}");
            return null;
        }
    }

    /// <summary>Translates a command line.</summary>
    public void TranslateLine(SourceText line) =>
        Translate(new SslhCommandLine(importing).Read(SslhCommandLine.WordsOf(line), new Position(line, 1, 1)), new Position(line, 1, 1));

    /// <summary>Translates a file: one of libconfig, or one for a script that starts sslh.</summary>
    public void Translate(SourceText source)
    {
        if (SslhCommandLine.Find(source) is { } words)
        {
            var at = words is [var first, ..] ? first.At : new Position(source, 1, 1);
            Translate(new SslhCommandLine(importing).Read(words, at), at);
        }
        else if (Read(importing, source) is { } group)
        {
            Translate(group, new Position(source, 1, 1));
        }
    }

    private void Translate(SslhGroup settings, Position at)
    {
        var isTransparent = settings.FindOn("transparent");
        var protocols = new List<SslhProtocol>();
        foreach (var (group, entry) in settings.Groups("protocols"))
        {
            if (SslhProtocol.Read(importing, group, entry, isTransparent) is { } protocol)
            {
                protocols.Add(protocol);
            }
        }

        if (protocols.Count == 0)
        {
            importing.Map.Lost(at, "sslh has no protocol with a target here, so it did not start: nothing is imported");
            return;
        }

        var front = new ImportedService(Own, at);
        SslhListen.Add(importing, front, settings);
        new SslhRules(importing, protocols).Set(front, settings);
        importing.Map.Add(front);
        ForeignHabits.Say(importing.Map, protocols[0].Target);
        SslhRest.Report(importing.Map, settings);
    }
}
