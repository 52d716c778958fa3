using NetSuperd.Server.Config.Import.Hosts;
using NetSuperd.Server.Config.Import.Inetd;
using NetSuperd.Server.Config.Import.Rinetd;
using NetSuperd.Server.Config.Import.Sslh;
using NetSuperd.Server.Config.Import.Stunnel;
using NetSuperd.Server.Config.Import.Systemd;
using NetSuperd.Server.Config.Import.Tcpserver;
using NetSuperd.Server.Config.Import.Xinetd;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>Translates files of other superservers into a map.</summary>
internal sealed class Importer(Importing importing)
{
    private readonly HostsTranslator _hosts = new(importing);
    private readonly SystemdTranslator _systemd = new(importing);
    private readonly TcpserverTranslator _tcpserver = new(importing);
    private readonly XinetdTranslator _xinetd = new(importing);

    /// <summary>Translates files.</summary>
    public void Run(IEnumerable<ForeignPath> paths)
    {
        foreach (var (format, path) in paths)
        {
            if (TcpserverTranslator.CommandLine(format, path) is { } line)
            {
                _tcpserver.Translate(line);
                continue;
            }

            if (SslhTranslator.CommandLine(format, path) is { } command)
            {
                new SslhTranslator(importing).TranslateLine(command);
                continue;
            }

            foreach (var file in importing.Files.Matching(PatternOf(format, path)))
            {
                if (file != path && XinetdInclude.LeavesOut(format, file))
                {
                    continue;
                }

                if (importing.Files.Read(file) is { } source)
                {
                    Translate(format ?? Recognition.Of(source), source);
                }
            }
        }

        _xinetd.Finish();
        _systemd.Finish();
        _tcpserver.Finish();
        _hosts.Apply();
    }

    // A folder of systemd has other units and folders beside those of sockets, and one of stunnel has keys.
    private string PatternOf(ForeignFormat? format, string path) => !Directory.Exists(path) ? path
        : format == ForeignFormat.Stunnel || Path.GetFileName(Path.TrimEndingDirectorySeparator(path)) == "stunnel" ? $"{path}/*.conf"
        : format == ForeignFormat.Systemd || importing.Files.Matching($"{path}/*.socket").Count > 0 ? $"{path}/*.socket"
        : $"{path}/*";

    private void Translate(ForeignFormat? format, SourceText source)
    {
        switch (format)
        {
            case ForeignFormat.Inetd:
                new InetdTranslator(importing).Translate(source);
                break;
            case ForeignFormat.Systemd:
                _systemd.Translate(source);
                break;
            case ForeignFormat.Tcpserver:
                _tcpserver.Translate(source);
                break;
            case ForeignFormat.Hosts:
                _hosts.Translate(source);
                break;
            case ForeignFormat.Rinetd:
                new RinetdTranslator(importing).Translate(source);
                break;
            case ForeignFormat.Sslh:
                new SslhTranslator(importing).Translate(source);
                break;
            case ForeignFormat.Stunnel:
                new StunnelTranslator(importing).Translate(source);
                break;
            case ForeignFormat.Xinetd:
                _xinetd.Translate(source);
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
