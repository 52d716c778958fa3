using System.Globalization;
using NetSuperd.Platform;

namespace NetSuperd.Linux.Listen;

/// <summary>The processes that have sockets, as far as <c>/proc</c> tells; root sees every process.</summary>
internal static class SocketOwners
{
    /// <summary>The name of a socket in <c>/proc</c>.</summary>
    public static string Link(ulong inode) => string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]");

    /// <summary>Finds the processes that have one of some sockets, one result for each socket of each process, evaluated lazily.</summary>
    /// <param name="links">The sockets, by the names of <see cref="Link"/>.</param>
    /// <exception cref="IOException">No descriptor is left to look with.</exception>
    public static IEnumerable<SocketOwner> Of(IReadOnlySet<string> links) =>
        from folder in Directory.EnumerateDirectories("/proc")
        let pid = int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
        where pid > 0
        from link in LinksOf(folder).Where(links.Contains)
        select new SocketOwner(link, pid);

    private static List<string> LinksOf(string process)
    {
        try
        {
            return [.. Directory.EnumerateFiles($"{process}/fd").Select(fd => new FileInfo(fd).LinkTarget).OfType<string>()];
        }
        catch (Exception gone) when (
            gone is UnauthorizedAccessException
            || (gone is IOException && (Errno)gone.HResult is not (Errno.EMFILE or Errno.ENFILE)))
        {
            return [];
        }
    }
}

/// <summary>A process that has a socket.</summary>
/// <param name="Link">The socket.</param>
/// <param name="Pid">The process.</param>
internal sealed record SocketOwner(string Link, int Pid)
{
    /// <summary>The process as <c>nginx (pid 812)</c>.</summary>
    public string Process
    {
        get
        {
            try
            {
                return $"{File.ReadAllText($"/proc/{Pid}/comm").Trim()} (pid {Pid})";
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return $"pid {Pid}";
            }
        }
    }
}
