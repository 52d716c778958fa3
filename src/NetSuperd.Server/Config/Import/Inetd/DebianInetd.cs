using System.Globalization;

namespace NetSuperd.Server.Config.Import.Inetd;

/// <summary>The package openbsd-inetd of Debian: since 2022 it listens on IPv4 and IPv6 where an entry names neither.</summary>
internal static class DebianInetd
{
    /// <summary>Where dpkg(1) has the state of each package.</summary>
    public const string Packages = "/var/lib/dpkg/status";

    // 0.20221205-1: "When just tcp or udp is specified, inetd defaults to running two servers".
    private const int FirstOnBoth = 20221205;

    /// <summary>
    /// Whether inetd.conf of this system was written for such a version: the package is installed, or was and its files of configuration
    /// are still here.
    /// </summary>
    /// <param name="packages">A file such as <see cref="Packages"/>; null or missing: no package is known.</param>
    public static bool ListensOnBoth(string? packages)
    {
        if (!File.Exists(packages))
        {
            return false;
        }

        try
        {
            // One version is that of the files, the other that of the configuration which is left.
            return File.ReadLines(packages)
                .SkipWhile(line => line != "Package: openbsd-inetd")
                .TakeWhile(line => line.Length > 0)
                .Any(line => line.Split(' ') is ["Version:" or "Config-Version:", var version] && IsOnBoth(version));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // What cannot be read is not known: nothing is opened to IPv6 because of it.
            return false;
        }
    }

    // 0.DATE-REVISION
    private static bool IsOnBoth(string version) => version.Split('.', '-', '+', '~') is [_, var date, ..]
        && int.TryParse(date, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= FirstOnBoth;
}
