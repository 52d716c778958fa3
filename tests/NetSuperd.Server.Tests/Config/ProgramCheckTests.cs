using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;

namespace NetSuperd.Server.Tests.Config;

/// <summary>What <c>check</c> knows of a program before a child is started: nothing that cannot work is a valid map.</summary>
public sealed class ProgramCheckTests : IDisposable
{
    private const UnixFileMode Open = (UnixFileMode)0b111_101_101;

    private readonly TemporaryFolder _folder = new();

    public ProgramCheckTests() => File.SetUnixFileMode(_folder.Path, Open);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Accepts_AScriptAndAProgramThatEveryUserMayExecute()
    {
        Assert.Empty(Load(Script("fine", "#!/bin/sh\nexit 0\n")).Problems);
        Assert.Empty(Load("/bin/true").Problems);
    }

    [Fact]
    public void Rejects_AProgramInAFolderThatItsUserMayNotEnter()
    {
        var program = Script("closed/program", "#!/bin/sh\n");
        Restrict("closed", (UnixFileMode)0b111_000_000);

        Assert.Equal(
            $"user 'nobody' cannot reach '{program}': it may not enter '{_folder.Path}/closed'; "
            + "grant that (chmod, setfacl), or choose another user or another path for the program",
            Complaint(program));
        // root may, and so may the owner of the folder.
        Assert.Empty(Load(program, "root").Problems);
    }

    [Fact]
    public void Rejects_AProgramBehindALinkThatItsUserCannotFollow()
    {
        var program = Script("closed/program", "#!/bin/sh\n");
        Restrict("closed", (UnixFileMode)0b111_000_000);
        var link = Path.Combine(_folder.Path, "link");
        File.CreateSymbolicLink(link, "closed/../closed/program");

        Assert.Contains($"may not enter '{_folder.Path}/closed'", Complaint(link), StringComparison.Ordinal);
        Assert.Equal(program, Path.GetFullPath(Path.Combine(_folder.Path, "closed/program")));
    }

    [Fact]
    public void Rejects_AProgramThatItsUserMayNotExecute()
    {
        var program = Script("program", "#!/bin/sh\n", (UnixFileMode)0b111_101_100);

        Assert.StartsWith($"user 'nobody' may not execute '{program}'; ", Complaint(program), StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_AScriptThatItsUserMayNotRead()
    {
        var program = Script("program", "#!/bin/sh\n", (UnixFileMode)0b111_001_001);

        Assert.StartsWith($"user 'nobody' may not read the script '{program}'", Complaint(program), StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_AnInterpreterThatIsNotThere()
    {
        var program = Script("program", "#! /nonexistent/perl -w\nexit\n");

        Assert.Equal($"there is no program '/nonexistent/perl', which the first line of '{program}' names", Complaint(program));
    }

    [Fact]
    public void Rejects_AnInterpreterThatItsUserCannotReach()
    {
        var interpreter = Script("closed/interpreter", "#!/bin/sh\n");
        Restrict("closed", (UnixFileMode)0b111_000_000);
        var program = Script("program", $"#!{interpreter}\n");

        Assert.Contains(
            $"cannot reach '{interpreter}', which the first line of '{program}' names", Complaint(program), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!/bin/sh\r\nexit 0\r\n")]
    [InlineData("#! /usr/bin/python3\r\n")]
    public void Rejects_AFirstLineWithACarriageReturn(string text)
    {
        var program = Script("program", text);

        Assert.Equal(
            $"the first line of '{program}' ends with a carriage return, which the system takes for a part of the interpreter's name; run: "
            + $"sed -i 's/\\r$//' {program}",
            Complaint(program));
    }

    [Theory]
    [InlineData("#!sh\n", "names 'sh'")]
    [InlineData("#! bin/sh -e\n", "names 'bin/sh'")]
    public void Rejects_AnInterpreterWithoutAnAbsolutePath(string text, string named) =>
        Assert.Contains(
            $"{named}, which the system looks for in the working directory", Complaint(Script("program", text)), StringComparison.Ordinal);

    [Theory]
    [InlineData(5, false)]
    [InlineData(6, true)]
    public void Rejects_MoreScriptsThanTheSystemFollows(int scripts, bool isRejected)
    {
        for (var i = 1; i <= scripts; i++)
        {
            Script($"script{i}", i == scripts ? "#!/bin/sh\n" : $"#!{_folder.Path}/script{i + 1}\n");
        }

        var problems = Load($"{_folder.Path}/script1").Problems;

        Assert.Equal(isRejected, problems.Any(problem => problem.Message.Contains("interpreters are scripts", StringComparison.Ordinal)));
        Assert.Equal(isRejected, problems.Length > 0);
    }

    [Fact]
    public void Rejects_AScriptThatIsItsOwnInterpreter() =>
        Assert.Contains("interpreters are scripts", Complaint(Script("program", $"#!{_folder.Path}/program\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("#!/usr/bin/env nonexistent\n", "", true)]
    [InlineData("#!/usr/bin/env -S nonexistent -u\n", "", true)]
    [InlineData("#!/usr/bin/env sh\n", "", false)]
    [InlineData("#!/usr/bin/env sh\n", "env = { PATH = \"/nonexistent\" }\n", true)]
    [InlineData("#!/usr/bin/env nonexistent\n", "pass_env = [\"PATH\"]\n", false)]
    [InlineData("#!/usr/bin/env -i nonexistent\n", "", false)]
    public void Warns_OfAProgramThatEnvDoesNotFind(string text, string keys, bool isLost)
    {
        var problems = Load(Script("program", text), "nobody", keys).Problems;

        Assert.Equal(
            isLost,
            problems.Any(problem => problem.Severity == Severity.Warning
                && problem.Message.Contains("no folder of the child's PATH", StringComparison.Ordinal)));
        Assert.Equal(isLost, problems.Length > 0);
    }

    [Theory]
    [InlineData(18, "for another processor")]
    [InlineData(0, "is not an ELF program")]
    public void Warns_OfAProgramThatTheSystemDoesNotKnow(int changed, string doubt)
    {
        var bytes = File.ReadAllBytes("/bin/true");
        bytes[changed] = 0x15;
        var program = Script("program", "");
        File.WriteAllBytes(program, bytes);

        Assert.Contains(doubt, Doubt(program), StringComparison.Ordinal);
    }

    [Fact]
    public void Warns_OfTheBeginningOfAProgram()
    {
        var program = Script("program", "");
        File.WriteAllBytes(program, File.ReadAllBytes("/bin/true")[..20]);

        Assert.Contains("is not an ELF program", Doubt(program), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(131_071, false)]
    [InlineData(131_072, true)]
    public void Rejects_WhatTheSystemPassesToNoProgram(int length, bool isRejected)
    {
        // Of pages of 4 KiB; larger ones allow more.
        length *= Environment.SystemPageSize / 4096;
        var text = new string('a', length - 2);

        var argument = Load($"/bin/true\", \"{text}aa").Problems;
        var variable = Load("/bin/true", "nobody", $"env = {"{"} A = \"{text}\" {"}"}\n").Problems;

        Assert.Equal(
            isRejected,
            argument.Any(problem => problem.Severity == Severity.Error
                && problem.Message.StartsWith("an argument has at most", StringComparison.Ordinal)));
        Assert.Equal(
            isRejected,
            variable.Any(problem => problem.Severity == Severity.Error
                && problem.Message.StartsWith("'env.A': a variable", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("as = \"1KiB\"")]
    [InlineData("stack = 0")]
    [InlineData("nofile = 2")]
    [InlineData("nproc = 0")]
    public void Warns_OfALimitThatLetsNoProgramRun(string limit) =>
        Assert.Contains(
            "hardly any program can start with less than",
            Assert.Single(Load("/bin/true", "nobody", $"limits = {"{"} {limit} {"}"}\n").Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void Warns_OfACarriageReturnInAnArgument() =>
        Assert.Contains("carriage return", Doubt(Script("program", "#!/usr/bin/env sh\r\n")), StringComparison.Ordinal);

    [Fact]
    public void Warns_OfATextWithoutAnInterpreter() =>
        Assert.Contains("is not an ELF program", Doubt(Script("program", "echo hello\n")), StringComparison.Ordinal);

    [Fact]
    public void Rejects_ALoaderThatIsNotThere()
    {
        // The loader's name is somewhere in the file: another one of the same length.
        var bytes = File.ReadAllBytes("/bin/true");
        var at = bytes.AsSpan().IndexOf("/ld-linux"u8);
        "/xx-linux"u8.CopyTo(bytes.AsSpan(at));
        var program = Script("program", "");
        File.WriteAllBytes(program, bytes);

        var complaint = Complaint(program);
        Assert.StartsWith("there is no program '/lib", complaint, StringComparison.Ordinal);
        Assert.EndsWith(
            $"/xx-linux{complaint.Split("xx-linux")[1].Split('\'')[0]}', the loader that '{program}' needs", complaint,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rejects_AProgramBelowARootDirectoryWithoutItsLoader()
    {
        var program = Path.Combine(_folder.Path, "bin/true");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        File.Copy("/bin/true", program);

        var result = MapFiles.LoadText(
            $"[ports]\n7 = \"a\"\n[services.a]\nexec = [\"/bin/true\"]\nuser = \"nobody\"\nchroot = \"{_folder.Path}\"\n", MapFiles.Root);

        var complaint = Assert.Single(result.Problems, problem => problem.Severity == Severity.Error).Message;
        Assert.Contains($"below '{_folder.Path}', the loader that '/bin/true' needs", complaint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tcpd", "")]
    [InlineData("tcpd", "argv0 = \"tcpd\"\n")]
    [InlineData("link", "")]
    [InlineData("link", "argv0 = \"%tcpd%\"\n")]
    public void Rejects_TcpdThatExecutesItself(string name, string keys)
    {
        var tcpd = Script("tcpd", "#!/bin/sh\n");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link"), "tcpd");
        var program = Path.Combine(_folder.Path, name);

        var result = Load($"{program}\", \"/usr/sbin/in.fingerd", "nobody", keys.Replace("%tcpd%", tcpd, StringComparison.Ordinal));

        var problem = Assert.Single(result.Problems);
        Assert.Equal((Severity.Error, 4, 9), (problem.Severity, problem.At.Line, problem.At.Column));
        Assert.EndsWith(
            $"write exec = [\"{program}\"] with argv0 = \"/usr/sbin/in.fingerd\", or execute the program itself and use allow and deny",
            problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("argv0 = \"/usr/sbin/in.fingerd\"\n")]
    [InlineData("argv0 = \"in.fingerd\"\n")]
    public void Accepts_TcpdThatExecutesAnother(string keys) => Assert.Empty(Load(Script("tcpd", "#!/bin/sh\n"), "nobody", keys).Problems);

    [Theory]
    [InlineData("set-user-ID", 0b100_111_101_101)]
    [InlineData("set-group-ID", 0b010_111_101_101)]
    public void Warns_OfASetIdProgramWhoseRightsAreTakenAway(string bit, int mode)
    {
        var program = Path.Combine(_folder.Path, "program");
        File.Copy("/bin/true", program);
        File.SetUnixFileMode(program, (UnixFileMode)mode);

        Assert.StartsWith($"'{program}' has the {bit} bit, and no_new_privs = true", Doubt(program), StringComparison.Ordinal);
        Assert.StartsWith($"'{program}' has the {bit} bit", Doubt($"/usr/bin/env\", \"{program}"), StringComparison.Ordinal);
        Assert.Empty(Load(program, "nobody", "no_new_privs = false\n").Problems);
    }

    [Fact]
    public void Accepts_WhatADisabledServiceNames() => Assert.Empty(
        MapFiles.LoadText(
            "[ports]\n7 = \"a\"\n8 = \"echo\"\n[services.a]\nexec = [\"/usr/sbin/tcpd\"]\nuser = \"nobody\"\nenabled = false\n",
            MapFiles.Root).Problems);

    [Fact]
    public void Load_WithSkip_SkipsTheService()
    {
        var program = Script("program", "#!/nonexistent/perl\n");

        var result = MapFiles.LoadText(
            $"[daemon]\non_unavailable = \"skip\"\n[ports]\n7 = \"a\"\n8 = \"echo\"\n[services.a]\nexec = [\"{program}\"]\n"
            + "user = \"nobody\"\n", MapFiles.Root);

        Assert.False(result.HasErrors);
        Assert.Contains(
            "/nonexistent/perl", Assert.Single(result.Map.Services, service => service.Name == "a").Unavailable, StringComparison.Ordinal);
    }

    private static string Complaint(string program)
    {
        var problem = Assert.Single(Load(program).Problems);
        Assert.Equal((Severity.Error, 4, 9), (problem.Severity, problem.At.Line, problem.At.Column));
        return problem.Message;
    }

    private static string Doubt(string program)
    {
        var problem = Assert.Single(Load(program).Problems);
        Assert.Equal((Severity.Warning, 4, 9), (problem.Severity, problem.At.Line, problem.At.Column));
        return problem.Message;
    }

    private static LoadResult Load(string program, string user = "nobody", string keys = "") => MapFiles.LoadText(
        $"[ports]\n\"127.0.0.1:7\" = \"a\"\n[services.a]\nexec = [\"{program}\"]\nuser = \"{user}\"\n{keys}", MapFiles.Root);

    private string Script(string name, string text, UnixFileMode mode = Open)
    {
        var path = _folder.Write(name, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    private void Restrict(string folder, UnixFileMode mode) => File.SetUnixFileMode(Path.Combine(_folder.Path, folder), mode);
}
