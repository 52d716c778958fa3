using NetSuperd.Linux;
using NetSuperd.Server.Config.Loading;
using NetSuperd.Server.Config.Reporting;
using NetSuperd.Windows;

namespace NetSuperd.Server.Tests.Config;

/// <summary>
/// The rule book of maps on Windows, <c>fixtures/windows</c>, as <c>check</c> there prints it, on a host that lacks the same keys. Maps
/// that end with <c>-path</c> name paths of Windows, and are checked only by the program for Windows.
/// </summary>
public sealed class WindowsFixtureTests
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures", "windows");

    public static TheoryData<string> Names =>
    [
        .. Directory.EnumerateFiles(Fixtures, "*.toml").Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => !name.EndsWith("-path", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> AbsentNames => [.. AbsentKeys.All.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Check_FixtureOfWindows_HasTheExpectedProblems(string name)
    {
        var result = Load(Path.Combine(Fixtures, name + ".toml"));

        Assert.Equal(File.ReadAllText(Path.Combine(Fixtures, name + ".expected")), MapFiles.Render(result, Fixtures));
        Assert.Equal(name.StartsWith("rejects-", StringComparison.Ordinal), result.HasErrors);
        Assert.Equal(name.StartsWith("accepts-", StringComparison.Ordinal), result.Problems.IsEmpty);
    }

    /// <summary>Each of them names something that maps have: a key that is misspelt would be absent nowhere.</summary>
    [Theory]
    [MemberData(nameof(AbsentNames))]
    public void Check_WhatWindowsHasNot_IsAnError(string absent)
    {
        var (table, key) = (absent.Split('.')[0], absent.Split('.')[1]);
        var (map, reason) = table switch
        {
            "sockets" => ($"[daemon]\nraw_sockets = true\n[ports]\n{SocketOf(key)} = \"echo\"\n", AbsentKeys.All[absent]),
            "peers" => ($"[defaults]\nallow = [\"{key}:3\"]\n[ports]\n7 = \"echo\"\n", AbsentKeys.All[absent]),
            _ when absent.Split('.') is [_, _, var word] =>
                ($"[{(table == "services" ? "defaults" : table)}]\n{key} = \"{word}\"\n[ports]\n7 = \"echo\"\n", AbsentKeys.All[absent]),
            "services" => ($"[ports]\n7 = \"it\"\n[services.it]\n{key} = 1\n", $"'{key}' is not for this system: {AbsentKeys.All[absent]}"),
            "ports" => ($"[ports.7]\nservice = \"echo\"\n{key} = 1\n", $"'{key}' is not for this system: {AbsentKeys.All[absent]}"),
            _ => ($"[{table}]\n{key} = 1\n[ports]\n7 = \"echo\"\n", $"'{key}' is not for this system: {AbsentKeys.All[absent]}"),
        };
        using var folder = new TemporaryFolder();

        Assert.Contains(
            Load(folder.Write("map.toml", map)).Problems,
            problem => problem.Severity == Severity.Error && problem.Message.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_ARawSocket_HasOneProblem()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains(
            AbsentKeys.All["sockets.raw"],
            Assert.Single(Load(folder.Write("map.toml", "[ports]\n\"icmp/raw\" = \"echo\"\n")).Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fixtures_HaveEachItsExpectation() => Assert.Equal(
        Directory.EnumerateFiles(Fixtures, "*.toml").Select(file => Path.ChangeExtension(file, ".expected")).Order(StringComparer.Ordinal),
        Directory.EnumerateFiles(Fixtures, "*.expected").Order(StringComparer.Ordinal));

    private static LoadResult Load(string file)
    {
        var request = MapFiles.Request(file) with
        {
            Host = new LinuxHost { Absent = AbsentKeys.All, SharesPortLater = false, DoubtOfSharedPorts = AbsentKeys.DoubtOfSharedPorts },
            ToRun = false,
        };
        return MapLoader.Load(request, MapFiles.Plain with { MayOpenRaw = true, MayUseAnyAddress = true, HasFixedPorts = true });
    }

    private static string SocketOf(string kind) => kind switch
    {
        "unix" => "\"@echo\"",
        "vsock" => "\"vsock:7\"",
        "raw" => "\"icmp/raw\"",
        _ => $"\"7/{kind}\"",
    };
}
