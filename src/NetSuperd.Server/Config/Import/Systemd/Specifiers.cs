using System.Text;

namespace NetSuperd.Server.Config.Import.Systemd;

/// <summary>The specifiers of systemd.unit(5), such as <c>%t</c>, as the system's own service manager expands them.</summary>
internal static class Specifiers
{
    private const string Known = "%aAbBcCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY";

    // The longest argument of a program, MAX_ARG_STRLEN of execve(2), and no reason to build a longer one.
    private const int MostChars = 131_072;

    /// <summary>Expands the specifiers of a value; null, after a finding, where one is known to systemd alone.</summary>
    public static string? Expand(ImportedMap map, Unit unit, Word value)
    {
        if (!value.Text.Contains('%', StringComparison.Ordinal))
        {
            return value.Text;
        }

        var text = new StringBuilder();
        for (var at = 0; at < value.Text.Length; at++)
        {
            if (value.Text[at] != '%' || at + 1 == value.Text.Length)
            {
                text.Append(value.Text[at]);
                continue;
            }

            at++;
            if (!Known.Contains(value.Text[at], StringComparison.Ordinal))
            {
                // systemd leaves what is no specifier as it is: an address such as [fe80::1]:80%eth0.
                text.Append('%').Append(value.Text[at]);
                continue;
            }

            if (text.Length > MostChars || Expand(unit, value.Text[at]) is not { } expanded)
            {
                map.Lost(value.At, $"%{value.Text[at]} of '{value.Text}' is known to systemd alone: write what it stands for"
                    + (value.Text[at] is 'i' or 'I' ? "; of a client, the program gets REMOTE_ADDR and REMOTE_PORT" : ""));
                return null;
            }

            text.Append(expanded);
        }

        return text.ToString();
    }

    private static string? Expand(Unit unit, char specifier) => specifier switch
    {
        '%' => "%",
        'n' => unit.Name,
        'N' => Path.GetFileNameWithoutExtension(unit.Name),
        'p' or 'P' => unit.Prefix,
        't' => "/run",
        'S' => "/var/lib",
        'C' => "/var/cache",
        'L' => "/var/log",
        'E' => "/etc",
        'T' => "/tmp",
        'V' => "/var/tmp",
        'h' => "/root",
        'u' or 'g' => "root",
        'U' or 'G' => "0",
        's' => "/bin/sh",
        _ => null,
    };
}
