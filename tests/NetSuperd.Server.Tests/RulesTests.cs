using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Logging;

namespace NetSuperd.Server.Tests;

/// <summary>The rules of the house that the compiler does not know.</summary>
public sealed partial class RulesTests
{
    private static readonly string[] Stages = ["Config", "Listen", "Permit", "Serve", "Tally"];

    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["NetSuperd.Abstractions"] = ["NetSuperd.Analyzers"],
        ["NetSuperd.Platform"] = [],
        ["NetSuperd.Native"] = ["NetSuperd.Platform"],
        ["NetSuperd.Builtins"] = ["NetSuperd.Abstractions", "NetSuperd.Platform"],
        ["NetSuperd.Server"] = ["NetSuperd.Abstractions", "NetSuperd.Platform"],
        ["NetSuperd.Linux"] = ["NetSuperd.Native", "NetSuperd.Server"],
        ["NetSuperd.Daemon"] = ["NetSuperd.Builtins", "NetSuperd.Platform", "NetSuperd.Server"],
        ["NetSuperd"] = ["NetSuperd.Daemon", "NetSuperd.Linux", "NetSuperd.Native"],
        ["NetSuperd.Windows"] = ["NetSuperd.Daemon", "NetSuperd.Platform", "NetSuperd.Server"],
        ["NetSuperd.Web"] = ["NetSuperd"],
        ["NetSuperd.Analyzers"] = [],
        ["NetSuperd.AspNetCore"] = ["NetSuperd.Abstractions"],
        ["NetSuperd.Testing"] = ["NetSuperd.Abstractions"],
        ["NetSuperd.Templates"] = [],
        ["Custom"] = ["NetSuperd.Abstractions"],
        ["Site"] = ["NetSuperd.Abstractions", "NetSuperd.AspNetCore"],
    };

    private static readonly string[] OwnersOfFamilies = ["Families.cs", "LogShare.cs", "Networks.cs", "Peer.cs", "PeerRules.cs"];

    // The projects that call a system: Linux, Windows.
    private static readonly string[] CodeOfSystems = ["NetSuperd.Native", "NetSuperd.Windows"];

    private static string Source { get; } = Path.GetFullPath("../../src", Here());

    [Fact]
    public void Stages_OfTheEngine_UseOnlyConfigAndTally()
    {
        var uses = StageFiles().SelectMany(file => StagesIn(file).Select(stage => (Stage: Stage(file), Uses: stage, File: file)));

        var wrong = uses.Where(use => use.Uses != use.Stage && (use.Stage is "Config" or "Tally" || use.Uses is not ("Config" or "Tally")));
        Assert.Empty(wrong);
    }

    [Fact]
    public void Stages_OfTheEngine_AreAllNamedByTheSuperserverAlone()
    {
        // A class may have several files, Class.Part.cs: together they name what the class knows.
        var root = Directory.GetFiles(Path.Combine(Source, "NetSuperd.Server"), "*.cs")
            .ToLookup(file => Path.GetFileName(file).Split('.')[0]);

        Assert.Equal(Stages, StagesIn(root["Superserver"]));
        Assert.All(root, type => Assert.True(type.Key == "Superserver" || StagesIn(type).Count() < Stages.Length, type.Key));
        Assert.All(root, type => Assert.All(type, file => Assert.All(PartialTypes(file), name => Assert.Equal(type.Key, name))));
        Assert.All(Stages, stage => Assert.Contains(StageFiles(), file => Stage(file) == stage));
    }

    [Fact]
    public void Superserver_OfAllItsFiles_ConductsAndDoesLittleElse() => Assert.InRange(
        Directory.GetFiles(Path.Combine(Source, "NetSuperd.Server"), "Superserver*.cs").Sum(file => File.ReadLines(file).Count()), 1, 400);

    [Fact]
    public void KindsOfSocket_AreDistinguishedInTheirTablesAlone() => Assert.Equal("", string.Join(
        '\n',
        Code(Source).Where(file => Path.GetFileName(file)
                is not ("Transport.cs" or "IpSockets.cs" or "WindowsListener.cs" or "WindowsStreamSocket.cs"))
            .SelectMany(file => File.ReadLines(file).Where(line => KindOfSocket().IsMatch(line))
                .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"))));

    [Theory]
    [InlineData("            Transport.Tcp => 1,")]
    [InlineData("            (Transport.Tcp, true) => 1,")]
    [InlineData("            case Transport.Udp:")]
    [InlineData("        if (place.Port.Key.Transport != Transport.Tcp)")]
    [InlineData("        var isIp = transport is Transport.Tcp or Transport.Udp;")]
    [InlineData("        if (key is { Transport: not Transport.Udp })")]
    [InlineData("            (AddressFamily.InterNetwork, SocketType.Stream) => Tcp4,")]
    [InlineData("        if (socket is { SocketType: SocketType.Dgram })")]
    [InlineData("        if (ProtocolType.Tcp == protocol)")]
    [InlineData("        if (record is { Protocol: \"TCP\" })")]
    [InlineData("        var other = word == \"tcp\" ? \"udp\" : \"tcp\";")]
    [InlineData("        if (port.Key.Path is null)")]
    [InlineData("            { Path: not null } => [],")]
    public void KindsOfSocket_ThatAreToldApart_AreFound(string line) => Assert.Matches(KindOfSocket(), line);

    [Theory]
    [InlineData("            { } taken when UnixListener.IsServed(taken, SocketType.Stream) => null,")]
    [InlineData("        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);")]
    [InlineData("        \"the type of a unix socket\").WithDefault(Transport.UnixStream);")]
    [InlineData("    /// <param name=\"Transport\"><c>tcp</c> or <c>udp</c>.</param>")]
    public void KindsOfSocket_ThatAreNamedOnly_AreNotFound(string line) => Assert.DoesNotMatch(KindOfSocket(), line);

    [Fact]
    public void Families_AreDistinguishedByTheirOwnersAlone()
    {
        // The code of a system reads and writes its addresses, and there each family has its own format.
        var code = Code(Source).Where(file => !IsOfASystem(file))
            .Select(file => (Name: Path.GetFileName(file), Lines: File.ReadAllLines(file))).ToList();
        Assert.Equal("", string.Join(
            '\n',
            code.Where(file => !OwnersOfFamilies.Contains(file.Name))
                .SelectMany(file => file.Lines.Where(line => FamilyOfSocket().IsMatch(line))
                    .Select(line => $"{file.Name}: {line.Trim()}"))));

        // An owner throws for a family that comes later: each of its switches has its own arm for that.
        Assert.All(code.Where(file => OwnersOfFamilies.Contains(file.Name)), file => Assert.Equal(
            (file.Name, file.Lines.Count(line => line.TrimStart().StartsWith("_ => throw", StringComparison.Ordinal))),
            (file.Name, file.Lines.Count(line => line.Contains("amily switch", StringComparison.Ordinal)))));
    }

    [Theory]
    [InlineData("        if (peer.Family == AddressFamily.Unix)")]
    [InlineData("        var isIp = arrival.Family != AddressFamily.Unix;")]
    [InlineData("        { Family: not AddressFamily.Unix, IsLocal: true } => Loopback,")]
    [InlineData("            : key.Transport.IsVsock ? peer.Family == Families.Vsock")]
    [InlineData("            Families.Vsock => Once(),")]
    [InlineData("        { Family: AddressFamily.Unix } => null,")]
    [InlineData("        if (socket is { AddressFamily: AddressFamily.Unix })")]
    [InlineData("            AddressFamily.InterNetworkV6 => new IPAddress(bytes),")]
    [InlineData("            AddressFamily.InterNetworkV6 when isMapped => null,")]
    [InlineData("            AddressFamily.InterNetwork or AddressFamily.InterNetworkV6 => false,")]
    [InlineData("            case AddressFamily.InterNetwork:")]
    public void Families_ThatAreToldApart_AreFound(string line) => Assert.Matches(FamilyOfSocket(), line);

    [Theory]
    [InlineData("        new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);")]
    [InlineData("    // Not AddressFamily.Unix => false.")]
    [InlineData("        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;")]
    [InlineData("        if (family is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))")]
    public void Families_ThatAreNamedOnlyOrAreOfAnAddress_AreNotFound(string line) => Assert.DoesNotMatch(FamilyOfSocket(), line);

    [Fact]
    public void Numbers_OfTheSystem_StandInTheCodeOfASystemAndPlatformAlone() => Assert.DoesNotContain(
        Code(Source).Where(file => !IsOfASystem(file)
                && !file.StartsWith(Path.Combine(Source, "NetSuperd.Platform") + "/", StringComparison.Ordinal))
            .SelectMany(File.ReadLines),
        NumberOfTheSystem().IsMatch);

    [Theory]
    [InlineData("    private const int SO_REUSEPORT = 15;")]
    [InlineData("    private const PosixSignal SIGUSR1 = (PosixSignal)10;")]
    [InlineData("        const ushort EM_386 = 3, EM_ARM = 40;")]
    [InlineData("        if ((Errno)13 == failure)")]
    [InlineData("        socket.SetRawSocketOption(1, 15, value);")]
    [InlineData("        process.SignalGroup(9);")]
    [InlineData("        socket.SetSocketOption(SocketOptionLevel.Tcp, (SocketOptionName)9, 1);")]
    public void Numbers_OfTheSystem_AreFound(string line) => Assert.Matches(NumberOfTheSystem(), line);

    [Fact]
    public void Projects_OfTheDaemon_ReferenceWhatTheyMay()
    {
        // The content of a template becomes the project of another developer.
        var content = Path.Combine(Source, "NetSuperd.Templates/content/");
        var projects = Directory.GetFiles(Source, "*.csproj", SearchOption.AllDirectories)
            .Where(project => !project.StartsWith(content, StringComparison.Ordinal));

        Assert.Equal(MayReference.Keys.Order(), projects.Select(Path.GetFileNameWithoutExtension).Order());
        Assert.All(projects, project =>
        {
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
            Assert.Empty(references.Except(MayReference[Path.GetFileNameWithoutExtension(project)]));
        });
    }

    [Fact]
    public void Projects_OutsideTheCodeOfASystem_HaveNoUnsafeCode() =>
        Assert.Equal(CodeOfSystems, Directory.GetFiles(Source, "*.csproj", SearchOption.AllDirectories)
            .Where(project => XDocument.Load(project).Descendants("AllowUnsafeBlocks").Any())
            .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

    [Fact]
    public void Events_OfTheEngine_AreUniqueInTheirBlocksAndTheHighestIsNoted()
    {
        var text = File.ReadAllText(Path.Combine(Source, "NetSuperd.Server/Tally/ServerLog.cs"));
        var ofEnds = File.ReadAllText(Path.Combine(Source, "NetSuperd.Server/Tally/EndLine.cs"));
        List<(int Id, string Name)> events = [.. Events(text), .. Events(ofEnds)];

        // What is compiled and the text agree, so that nothing below judges a text that is not compiled.
        var types = typeof(Superserver).Assembly.GetTypes();
        const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var compiled = types.SelectMany(type => type.GetMethods(Static))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>()
            .Select(attribute => attribute.EventId)
            .Concat(types.SelectMany(type => type.GetFields(Static)).Where(field => field.FieldType == typeof(EventId))
                .Select(field => ((EventId)field.GetValue(null)!).Id));
        Assert.Equal(compiled.Order(), events.Select(found => found.Id).Order());
        AssertUnique(events);
        Assert.All(events, found => Assert.InRange(found.Id, 1001, 6999));
        Assert.Equal(
            events.GroupBy(found => found.Id / 1000).OrderBy(block => block.Key).Select(block => block.Max(found => found.Id)),
            Told(text));
        Assert.Equal([1, 2, 3, 4, 5, 6], events.Select(found => found.Id / 1000).Distinct().Order());
    }

    [Fact]
    public void Events_OfTheExecutable_AreUniqueInTheirBlockAndTheHighestIsNoted()
    {
        var text = File.ReadAllText(Path.Combine(Source, "NetSuperd.Daemon/Logging/DaemonLog.cs"));
        var events = Events(text);

        AssertUnique(events);
        Assert.All(events, found => Assert.InRange(found.Id, 100, 199));
        Assert.Equal([events.Max(found => found.Id)], Told(text));
    }

    /// <summary>Every other task is kept and awaited, since a failure that nothing awaits is lost.</summary>
    [Fact]
    public void Tasks_ThatNothingKeeps_LogTheirOwnFailure() => Assert.Equal(
        [
            "Daemon.Reload.cs: DropAsync", "HandlerRunner.cs: SendBannerAsync", "HandlerRunner.cs: ServeAsync",
            "LingeringOperator.cs: EndConnectionsAsync", "Siblings.cs: RemoveAsync", "Successor.cs: ServeAsync",
            "TlsCarrier.cs: SendAlertAsync",
        ],
        Code(Source).SelectMany(file => File.ReadLines(file)
                .Select(line => DroppedTask().Match(line)).Where(match => match.Success)
                .Select(match => $"{Path.GetFileName(file)}: {match.Groups[1].Value}"))
            .Distinct().Order(StringComparer.Ordinal));

    // The compiler sees more than the project references: what the engine references as well.
    [Fact]
    public void TheDaemon_OfEverySystem_NamesNoneOfLinux() => Assert.DoesNotContain(
        Code(Path.Combine(Source, "NetSuperd.Daemon")),
        file => File.ReadAllText(file) is var text
            && (text.Contains("NetSuperd.Native", StringComparison.Ordinal) || text.Contains("NetSuperd.Linux", StringComparison.Ordinal)));

    [Fact]
    public void Sinks_OfTheProgram_AreTheTerminalAndTheLogAlone()
    {
        var sinks = new Dictionary<string, string[]>
        {
            // Both pass all text through PlainText; what is written past them would have names of files and processes as they are.
            ["Console"] = ["NetSuperd.Daemon/Terminal.cs"],
            ["Terminal.Write("] = ["NetSuperd.Daemon/Commands/SendCommand.cs", "NetSuperd/Top/Screen.cs"],
            ["new LogWriter<"] = ["NetSuperd.Daemon/Logging/LogOutput.cs"],
            ["Installation.Current.StandardOutput("] = ["NetSuperd.Daemon/Terminal.cs"],
            ["Installation.Current.StandardError("] = ["NetSuperd.Daemon/Logging/LogOutput.cs", "NetSuperd.Daemon/Terminal.cs"],
            ["Installation.Current.Lines("] = ["NetSuperd.Daemon/Logging/LogOutput.cs"],

            // The program writes one line of its own, before it can open the files of the others.
            ["LineStream"] = ["NetSuperd/LinuxInstallation.cs", "NetSuperd/Program.cs"],
        };
        List<string> programs = [.. Code(Path.Combine(Source, "NetSuperd.Daemon")), .. Code(Path.Combine(Source, "NetSuperd"))];
        foreach (var (sink, files) in sinks)
        {
            Assert.Equal(
                files,
                programs.Where(file => Uses(file, sink))
                    .Select(file => Path.GetRelativePath(Source, file))
                    .Order(StringComparer.Ordinal));
        }

        Assert.DoesNotContain(Code(Path.Combine(Source, "NetSuperd.Server")), file => sinks.Keys.Any(sink => Uses(file, sink)));
    }

    private static IEnumerable<string> Code(string folder) => Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(folder, file).Split('/').Any(part => part is "obj" or "bin"));

    private static bool IsOfASystem(string file) => CodeOfSystems.Any(
        project => file.StartsWith(Path.Combine(Source, project) + "/", StringComparison.Ordinal));

    private static bool Uses(string file, string sink) => File.ReadLines(file)
        .Any(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && Regex.IsMatch(line, $@"\b{Regex.Escape(sink)}"));

    private static void AssertUnique(List<(int Id, string Name)> events)
    {
        Assert.NotEmpty(events);
        Assert.Equal(events.Count, events.Select(found => found.Id).Distinct().Count());
        Assert.Equal(events.Count, events.Select(found => found.Name).Distinct().Count());
    }

    private static List<(int Id, string Name)> Events(string text) =>
        [.. Event().Matches(text).Select(match => (int.Parse(match.Groups["id"].Value, null), match.Groups["name"].Value))];

    private static IEnumerable<int> Told(string text) =>
        Highest().Match(text).Groups[1].Value.Split(',').Select(number => int.Parse(number.Trim(), null));

    private static IEnumerable<string> StageFiles() =>
        Stages.SelectMany(stage => Directory.GetFiles(
            Path.Combine(Source, "NetSuperd.Server", stage), "*.cs", SearchOption.AllDirectories));

    private static string Stage(string file) => Path.GetRelativePath(Path.Combine(Source, "NetSuperd.Server"), file).Split('/')[0];

    // Using lines, and names written out in the code.
    private static IEnumerable<string> StagesIn(string file) => File.ReadLines(file)
        .Where(line => !line.StartsWith("namespace ", StringComparison.Ordinal))
        .SelectMany(line => StageName().Matches(line).Select(match => match.Groups[1].Value));

    private static IEnumerable<string> StagesIn(IEnumerable<string> files) => files.SelectMany(StagesIn).Distinct().Order();

    private static IEnumerable<string> PartialTypes(string file) =>
        PartialType().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value);

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;

    [GeneratedRegex(@"NetSuperd\.Server\.(Config|Listen|Permit|Serve|Tally)\b")]
    private static partial Regex StageName();

    [GeneratedRegex(@"\bpartial (?:class|record|struct) (\w+)")]
    private static partial Regex PartialType();

    [GeneratedRegex(@"\b_ = (?:\w+\.)*(\w+Async)\(")]
    private static partial Regex DroppedTask();

    [GeneratedRegex(
        @"\[LoggerMessage\(\s*(?<id>\d+),.*?EventName = ""(?<name>\w+)""\)\]|EventId \w+ = new\((?<id>\d+), ""(?<name>\w+)""\)",
        RegexOptions.Singleline)]
    private static partial Regex Event();

    // One of several kinds: a comparison, or an arm of a switch or of a pattern, where a kind that comes later would be forgotten. A kind's
    // word is one of its kinds as well, and only a unix socket has a path.
    [GeneratedRegex(@"^(?!\s*//).*(?:(?<!\bwhen\b.*)\b(?:Transport|SocketType|ProtocolType)\.\w+(?: \}|, \w+)?\)? (?:=>|or |and |[=!]=)"
        + @"|(?:[=!]=|\bis|\bnot|\bor|\bcase|\b(?:Transport|SocketType|Protocol|Type):) (?:Transport|SocketType|ProtocolType)\."
        + @"|""(?:tcp|udp|seqpacket|TCP|UDP|UNIX)""|\b[Kk]ey(?:\.First)?\.Path is (?:not )?null|\bPath: (?:not )?null)")]
    private static partial Regex KindOfSocket();

    // Unix or not, or an arm of a switch by family. What differs between the two versions of an IP address is not among them.
    [GeneratedRegex(@"^(?!\s*//).*(?:(?:[=!]=|\b(?:is|not|or|case)|\b(?:Address)?Family:) AddressFamily\.Unix\b"
        + @"|\bAddressFamily\.Unix\b\)? [=!]=|\bAddressFamily\.\w+ (?:=>|when )|\bcase AddressFamily\."
        + @"|[=!]= Families\.Vsock\b|\bFamilies\.Vsock (?:[=!]=|=>|when ))")]
    private static partial Regex FamilyOfSocket();

    // A name in the spelling of a C macro that gets a number, a number that becomes a value of the system, or a call with such numbers.
    [GeneratedRegex(@"^(?!\s*//).*(?:\b[A-Z][A-Z0-9]*_[A-Z0-9_]+ = (?:\([\w.]+\))?-?\d|\b(?:SIG|E)[A-Z0-9]{2,} = (?:\([\w.]+\))?-?\d"
        + @"|\((?:Errno|PosixSignal|Capability|SocketOption(?:Name|Level)|SocketFlags|AddressFamily|ProtocolType|IOControlCode)\)-?\d"
        + @"|\bSignal\w*\((?:\w+, )?\d|\b[SG]etRawSocketOption\b|\bIOControl\b|\bLibraryImport\b|\bDllImport\b)")]
    private static partial Regex NumberOfTheSystem();

    [GeneratedRegex(@"[Hh]ighest in use: ([\d, ]+)\.")]
    private static partial Regex Highest();
}
