using CsCheck;

namespace NetSuperd.Server.Tests.Config;

/// <summary>Texts that no administrator would write: noise, and maps with bytes and words changed, lost, doubled and swapped.</summary>
internal static class HostileTexts
{
    private static readonly string[] Words =
    [
        "[ports]", "[services.a]", "[[services.a]]", "[defaults]", "[daemon]", "[log]", "include", "=", " = ", "\n", "\r\n", "\r", "\t",
        ".", ",", "{", "}", "[", "]", "[[", "]]", "\"", "\"\"\"", "'", "'''", "#", "\\", "\\u0000", "\\U0010ffff", "\\e", "\\x41", "\0",
        "\u202e", "\ufeff", "é", "😀", "7", "07", "65536", "\"7/udp\"", "\"[::1]:7\"", "\"[fe80::1%lo]:7\"", "\"192.0.2.1:7\"",
        "127.0.0.1", "\"/run/x.sock\"", "\"@x\"", "7-9", "echo", "handler", "exec", "settings", "argv0", "cwd", "umask", "env", "pass_env",
        "enabled", "service", "name", "backlog", "type", "mode", "owner", "allow", "deny", "times", "time_zone", "max_connections",
        "max_per_source",
        "source_prefix", "rate", "rate_per_source", "at_limit", "banner_refused", "idle_timeout", "first_byte_timeout", "max_duration",
        "wait", "[\"10.0.0.0/8\"]", "[\"uid:0\", \"::1\"]", "\"50/s burst 100\"", "[\"fri-mon 22:00-06:00\"]", "\"UTC\"", "\"unlimited\"",
        "{ ipv4 = 24 }", "\"echo\"", "[\"/bin/sh\"]", "[\"*.toml\"]", "true", "false", "inf", "nan", "-1", "0x10", "1e400",
        "99999999999999999999", "\"30s\"", "\"022\"", "1979-05-27", "07:32", "1979-05-27T07:32:00Z", "a.b.c", "a.", ".a", "{}", "[]",
        "{ a = 1 }", "[1, \"x\"]",
    ];

    private static readonly string[] Maps =
    [
        .. Directory.EnumerateFiles(MapFiles.Fixtures, "*.toml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(File.ReadAllText).Where(text => text.Length < 4000),
        Big(60),
    ];

    /// <summary>Any of them, as bytes.</summary>
    public static Gen<byte[]> Gen { get; } = CsCheck.Gen.Frequency(
        (1, CsCheck.Gen.Byte.Array[0, 200]),
        (2, CsCheck.Gen.OneOf(Words).Array[0, 60].Select(words => Bytes(string.Concat(words)))),
        (3, CsCheck.Gen.Select(
            CsCheck.Gen.OneOf(Maps).Select(Bytes),
            CsCheck.Gen.Select(CsCheck.Gen.Int[0, 100_000], CsCheck.Gen.Byte).Array[1, 5],
            MutateBytes)),
        (4, CsCheck.Gen.Select(
            CsCheck.Gen.OneOf(Maps),
            CsCheck.Gen.Select(CsCheck.Gen.Int[0, 100_000], CsCheck.Gen.Int[0, 4], CsCheck.Gen.OneOf(Words)).Array[1, 6],
            MutateWords)));

    /// <summary>Small files that define the same few tables in every way, again and again.</summary>
    public static Gen<byte[]> Definitions { get; } = CsCheck.Gen.OneOf(
        "[a]", "[b]", "[a.b]", "[a.b.c]", "[[a]]", "[[a.b]]", "[[a.b.c]]", "a = 1", "b = 1", "a.b = 1", "a.c = 1", "a.b.c = 1", "b.c = 1",
        "c.d = 1", "a = {}", "b = { c = 1 }", "b = { c.d = 1, c.e = 2 }", "b = { c = 1, c.d = 1 }", "a = []", "b = [{ c = 1 }]",
        "\"a\" = 1", "'b'.c.d = 1")
        .Array[1, 7].Select(lines => Bytes(string.Join('\n', lines)));

    /// <summary>A map with many ports and services and nothing wrong.</summary>
    public static string Big(int ports) =>
        "[daemon]\ndrain = \"30s\"\n[ports]\n"
        + string.Concat(Enumerable.Range(1, ports).Select(port => (port % 4) switch
        {
            0 => $"{port} = \"echo\"\n",
            1 => $"\"{port}/udp\" = \"s{port / 2}\"\n",
            2 => $"\"192.0.2.{port % 200}:{port}\" = {{ service = \"s{port / 2}\", backlog = {port}, receive_buffer = \"64KiB\" }}\n",
            _ => $"\"/run/{port}.sock\" = {{ service = \"s{port / 2}\", owner = \"root\", group = \"daemon\", mode = \"0660\" }}\n",
        }))
        + string.Concat(Enumerable.Range(0, (ports + 1) / 2).Select(service => service % 2 == 0
            ? $"[services.s{service}]\nexec = [\"/bin/sh\", \"-c\", \"true\"]\nenv = {{ A = \"{service}\" }}\n"
            : $"[services.s{service}]\nhandler = \"echo\"\nsettings = {{ size = \"1KiB\" }}\n"));

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static byte[] MutateBytes(byte[] text, (int At, byte Value)[] changes)
    {
        var mutated = text.ToList();
        foreach (var (at, value) in changes.Where(_ => mutated.Count > 0))
        {
            var place = at % mutated.Count;
            switch (value % 3)
            {
                case 0: mutated[place] = value; break;
                case 1: mutated.Insert(place, value); break;
                default: mutated.RemoveAt(place); break;
            }
        }

        return [.. mutated];
    }

    private static byte[] MutateWords(string text, (int At, int Change, string Word)[] changes)
    {
        // Words, blanks and marks each are one.
        var words = System.Text.RegularExpressions.Regex.Matches(text, @"\w+|\s+|[^\w\s]").Select(match => match.Value).ToList();
        foreach (var (at, change, word) in changes.Where(_ => words.Count > 0))
        {
            var place = at % words.Count;
            switch (change)
            {
                case 0: words[place] = word; break;
                case 1: words.Insert(place, word); break;
                case 2: words.RemoveAt(place); break;
                case 3: words.Insert(place, words[^1]); break;
                default: (words[place], words[0]) = (words[0], words[place]); break;
            }
        }

        return Bytes(string.Concat(words));
    }
}
