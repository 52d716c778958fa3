using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>
/// The inetds that ask hosts.allow and hosts.deny themselves, without tcpd(8). A file shows by its notation that it is of one of them.
/// </summary>
internal static class InetdLibwrap
{
    private const string OfNetBsd = "$NetBSD";
    private const string OfFreeBsd = "$FreeBSD";

    /// <summary>Whether a comment at the beginning of the file says that it comes from NetBSD.</summary>
    public static bool ComesFromNetBsd(SourceText source) => Names(source, OfNetBsd);

    /// <summary>Whether a comment at the beginning of the file says that it comes from FreeBSD.</summary>
    public static bool ComesFromFreeBsd(SourceText source) => Names(source, OfFreeBsd);

    /// <summary>
    /// Whether the fields have something of FreeBSD: limits as in <c>nowait/10/20</c>, the owner of a unix socket, or tcpmux.
    /// </summary>
    public static bool IsOfFreeBsd(IReadOnlyList<Word> fields) =>
        fields[3].Text.Contains('/', StringComparison.Ordinal)
        || (fields[0].Text.StartsWith(':') && fields[0].Text.Contains(":/", StringComparison.Ordinal))
        || fields[0].Text.StartsWith("tcpmux/", StringComparison.Ordinal);

    /// <summary>
    /// The name that run_service() of NetBSD asks for: argv[0] as it is. Datagrams and internal services are not asked for (inetd(8)).
    /// </summary>
    public static Word? NameInNetBsd(InetdEntry entry) =>
        entry.IsUnix || entry.IsInternal || entry.IsDatagram || entry.Wait ? null
        : entry.Argv is [var name, ..] ? name
        : entry.Service;

    /// <summary>
    /// The name that FreeBSD asks for: the last part of the program, or the internal service. That it asks is the default of
    /// <c>inetd_flags</c> in rc.conf(5), which is <c>-wW</c>. In the place of tcpmux it asks for the service behind it.
    /// </summary>
    public static Word? NameInFreeBsd(InetdEntry entry) =>
        entry.IsUnix || (entry.Wait && !entry.IsDatagram) || (entry.IsInternal && entry.Service.Text is "tcpmux" or "1") ? null
        : entry.IsInternal ? entry.Service
        : entry.Program with { Text = Path.GetFileName(entry.Program.Text) };

    private static bool Names(SourceText source, string tag) => Enumerable.Range(1, Math.Min(source.LineCount, 10))
        .Select(source.Line).Any(line => line.StartsWith('#') && line.Contains(tag, StringComparison.Ordinal));
}
