using NetSuperd.Server.Config.Import.Hosts;
using NetSuperd.Server.Config.Import.Inetd;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>Translates files of other superservers into a map.</summary>
internal sealed class Importer(Importing importing)
{
    private readonly HostsTranslator _hosts = new(importing);

    /// <summary>Translates files.</summary>
    public void Run(IEnumerable<ForeignPath> paths)
    {
        foreach (var (format, path) in paths)
        {
            foreach (var file in Directory.Exists(path) ? importing.Files.Matching($"{path}/*") : importing.Files.Matching(path))
            {
                if (importing.Files.Read(file) is { } source)
                {
                    Translate(format ?? Recognition.Of(source), source);
                }
            }
        }

        _hosts.Apply();
    }

    private void Translate(ForeignFormat? format, SourceText source)
    {
        switch (format)
        {
            case ForeignFormat.Inetd:
                new InetdTranslator(importing).Translate(source);
                break;
            case ForeignFormat.Hosts:
                _hosts.Translate(source);
                break;
            default:
                importing.Problems.Error(
                    new Position(source),
                    "this is no configuration that can be imported; if it is one, name its format before the path: "
                    + ForeignFormats.AllWords);
                break;
        }
    }
}
