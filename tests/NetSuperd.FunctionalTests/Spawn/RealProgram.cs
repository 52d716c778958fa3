namespace NetSuperd.FunctionalTests.Spawn;

/// <summary>A program of the system as a service: what it is sent, and what it answers.</summary>
/// <param name="Exec">The value of <c>exec</c>.</param>
/// <param name="Input">What the client sends before it ends its transmission.</param>
/// <param name="Output">What has to come back.</param>
public sealed record RealProgram(string[] Exec, string Input, string Output)
{
    /// <summary>Every program that this system has.</summary>
    public static IReadOnlyList<RealProgram> Installed { get; } =
    [
        .. new RealProgram[]
        {
            new(["/bin/cat"], "one\ntwo\n", "one\ntwo\n"),
            new(["/usr/bin/tac"], "one\ntwo\n", "two\none\n"),
            new(["/usr/bin/rev"], "one\ntwo\n", "eno\nowt\n"),
            new(["/usr/bin/wc", "-c"], "one\ntwo\n", "8\n"),
            new(["/usr/bin/sha256sum"], "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  -\n"),
            new(["/usr/bin/md5sum"], "", "d41d8cd98f00b204e9800998ecf8427e  -\n"),
            new(["/usr/bin/base64"], "TEST", "VEVTVA==\n"),
            new(["/usr/bin/head", "-n", "1"], "one\ntwo\n", "one\n"),
            new(["/usr/bin/tail", "-n", "1"], "one\ntwo\n", "two\n"),
            new(["/usr/bin/tr", "a-z", "A-Z"], "one\n", "ONE\n"),
            new(["/bin/sed", "s/o/0/g"], "foo\n", "f00\n"),
            new(["/usr/bin/awk", "{ print $2 }"], "one two\n", "two\n"),
            new(["/usr/bin/sort"], "b\na\n", "a\nb\n"),
            new(["/usr/bin/date", "-u", "-d", "@0", "+%F"], "", "1970-01-01\n"),
            new(["/usr/bin/id", "-u", "root"], "", "0\n"),
            new(["/usr/bin/env", "-i", "ONLY=this", "/usr/bin/env"], "", "ONLY=this\n"),
            new(["/bin/sh", "-c", "read word; printf '<%s>' \"$word\""], "TEST\n", "<TEST>"),
            new(["/usr/bin/od", "-An", "-tx1"], "AB", " 41 42\n"),
            new(["/usr/bin/cut", "-d:", "-f2"], "a:b:c\n", "b\n"),
            new(["/usr/bin/uniq"], "a\na\nb\n", "a\nb\n"),
            new(["/bin/dd", "status=none", "bs=3", "count=1"], "abc", "abc"),
            new(["/bin/grep", "-v", "one"], "one\ntwo\n", "two\n"),
            new(["/usr/bin/nl", "-w1"], "a\n", "1\ta\n"),
            new(["/usr/bin/paste", "-sd,"], "a\nb\n", "a,b\n"),
            new(["/usr/bin/fold", "-w2"], "abcd\n", "ab\ncd\n"),
            new(["/usr/bin/seq", "3"], "", "1\n2\n3\n"),
            new(["/usr/bin/xargs", "/bin/echo"], "a\nb\n", "a b\n"),
            new(["/bin/sh", "-c", "gzip -c | gzip -dc"], "packed and unpacked", "packed and unpacked"),
            new(["/usr/bin/perl", "-ne", "print length, qq(\\n)"], "abc\n", "4\n"),
            new(["/usr/bin/python3", "-c", "import sys; print(sys.stdin.read().title())"], "one two", "One Two\n"),
        }.Where(program => File.Exists(program.Exec[0])),
    ];

    /// <summary>The program's name as a service.</summary>
    public string Service => $"{Path.GetFileName(Exec[0])}-{Array.IndexOf([.. Installed], this)}";

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', Exec);
}
