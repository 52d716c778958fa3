using System.Text.RegularExpressions;
using NetSuperd.Server.Config.Import.Inetd;
using NetSuperd.Server.Config.Import.Rinetd;
using NetSuperd.Server.Config.Import.Sslh;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import;

/// <summary>Recognises the format of a file by its name and its text.</summary>
internal static partial class Recognition
{
    /// <summary>The format; null: it is none of them.</summary>
    public static ForeignFormat? Of(SourceText source)
    {
        var name = Path.GetFileName(source.Name);
        return name.StartsWith("hosts.allow", StringComparison.Ordinal) || name.StartsWith("hosts.deny", StringComparison.Ordinal)
                ? ForeignFormat.Hosts
            : name.StartsWith("rinetd.conf", StringComparison.Ordinal) ? ForeignFormat.Rinetd
            : name.StartsWith("sslh.cfg", StringComparison.Ordinal) ? ForeignFormat.Sslh
            : UnitSection().IsMatch(source.Text) ? ForeignFormat.Systemd
            : XinetdSection().IsMatch(source.Text) ? ForeignFormat.Xinetd
            : SslhSetting().IsMatch(source.Text) || SslhCommandLine.Find(source) is not null ? ForeignFormat.Sslh
            : StunnelOption().IsMatch(source.Text) ? ForeignFormat.Stunnel
            : TcpserverProgram().IsMatch(source.Text) || TcpserverRule().IsMatch(source.Text) ? ForeignFormat.Tcpserver
            : InetdReader.Recognises(source) || name.StartsWith("inetd.conf", StringComparison.Ordinal) ? ForeignFormat.Inetd
            : RinetdReader.Recognises(source) ? ForeignFormat.Rinetd
            : null;
    }

    [GeneratedRegex(@"^\[(?:Unit|Socket|Service|Install)\]", RegexOptions.Multiline)]
    private static partial Regex UnitSection();

    [GeneratedRegex(@"^[ \t]*(?:service[ \t]+\S+|defaults)[ \t]*\r?\n?[ \t]*\{", RegexOptions.Multiline)]
    private static partial Regex XinetdSection();

    [GeneratedRegex(@"^[ \t]*protocols[ \t]*[:=]\s*\(", RegexOptions.Multiline)]
    private static partial Regex SslhSetting();

    [GeneratedRegex(@"^[ \t\uFEFF]*(?:accept|connect|execArgs|verifyChain)[ \t]*=", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex StunnelOption();

    [GeneratedRegex(@"^[^#\n]*\b(?:tcpserver|sslserver|tcpsvd|udpsvd|sslsvd)\b", RegexOptions.Multiline)]
    private static partial Regex TcpserverProgram();

    [GeneratedRegex(@"^[^\s#:]*:(?:allow|deny)(?:,[A-Za-z_]+=.*)?\r?$", RegexOptions.Multiline)]
    private static partial Regex TcpserverRule();
}
