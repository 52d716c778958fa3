using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace NetSuperd.Native.Tests;

/// <summary>
/// What a child of the test run takes (see <see cref="ModuleMain"/>): the variables name a process, and the numbers begin at 3.
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class ListenDescriptorsTests : IDisposable
{
    private const string Nothing = "0 0";

    private readonly string _name = $"@netsuperd-{Guid.NewGuid():N}";
    private readonly Socket _first;
    private readonly Socket _second;

    public ListenDescriptorsTests()
    {
        _first = UnixListener.Bind(_name, SocketType.Stream);
        _second = UnixListener.Bind($"{_name}2", SocketType.Dgram);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Take_TwoSockets_AreThereByTheirNamesAndCloseOnExec() => Assert.Equal(
        [$"3 echo {_name} 1", $"4 quote {_name}2 1", Nothing],
        Take("LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=echo:quote", _first.SafeHandle, _second.SafeHandle));

    [Theory]
    [InlineData("", "unknown", "unknown")]
    [InlineData("LISTEN_FDNAMES=", "", "unknown")]
    [InlineData("LISTEN_FDNAMES=echo", "echo", "unknown")]
    [InlineData("LISTEN_FDNAMES=:quote", "", "quote")]
    [InlineData("LISTEN_FDNAMES=a:b:c", "a", "b")]
    public void Take_OtherThanTwoNames_TakesBothSockets(string names, string first, string second) => Assert.Equal(
        [$"3 {first} {_name} 1", $"4 {second} {_name}2 1", Nothing],
        Take($"LISTEN_PID=$$ LISTEN_FDS=2 {names}", _first.SafeHandle, _second.SafeHandle));

    [Fact]
    public void Take_NotEverySocket_LeavesTheRest() =>
        Assert.Equal([$"3 unknown {_name} 1", Nothing], Take("LISTEN_PID=$$ LISTEN_FDS=1", _first.SafeHandle, _second.SafeHandle));

    [Fact]
    public void Take_WhatIsNoSocket_IsThereToo()
    {
        using var file = File.OpenHandle("/dev/null");
        Assert.Equal(["3 unknown no socket 1", Nothing], Take("LISTEN_PID=$$ LISTEN_FDS=1", file));
    }

    [Theory]
    [InlineData("LISTEN_FDS=1")]
    [InlineData("LISTEN_PID=1 LISTEN_FDS=1 LISTEN_PIDFDID=7")]
    [InlineData("LISTEN_PID=$$x LISTEN_FDS=1")]
    [InlineData("LISTEN_PID=$$")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=0 LISTEN_FDNAMES=echo")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=-1")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=two")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=99999999999")]
    [InlineData("LISTEN_PID=$$ LISTEN_FDS=2147483647")]
    public void Take_ForAnotherProcessOrMalformed_IsEmpty(string variables) => Assert.Equal([Nothing], Take(variables, _first.SafeHandle));

    [Fact]
    public void Take_NumbersThatAreClosedOrOfTheRuntime_AreLeftOut() => Assert.Equal(
        [$"4 quote {_name} 1", Nothing],
        Take("LISTEN_PID=$$ LISTEN_FDS=1000 LISTEN_FDNAMES=echo:quote", close: "3<&-", _first.SafeHandle, _first.SafeHandle));

    private static string[] Take(string variables, params SafeHandle[] descriptors) => Take(variables, "", descriptors);

    private static string[] Take(string variables, string close, params SafeHandle[] descriptors)
    {
        var (output, end) = Spawned.Run(
            Spawned.Shell($"{variables} {ModuleMain.Variable}={ModuleMain.Listen} exec '{Environment.ProcessPath}' {close}"), descriptors);
        Assert.Equal(0, end.Status);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
