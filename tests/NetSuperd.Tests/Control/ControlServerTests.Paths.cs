using NetSuperd.Control;
using NetSuperd.Native;
using NetSuperd.Platform;

namespace NetSuperd.Tests.Control;

/// <summary>The path of the control socket: what may be there already, how it is taken over, and when it is removed.</summary>
public sealed partial class ControlServerTests
{
    [Fact]
    public async Task Open_AStaleSocket_IsReplaced()
    {
        LeaveStaleSocket();

        Start();

        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);
        Assert.Equal(Private, File.GetUnixFileMode(Place));
    }

    [Fact]
    public async Task Open_ALiveDaemon_IsLeftAlone()
    {
        Start(_ => Task.FromResult(ControlAnswer.Of(0, "first")));

        var (server, failure) = Open();

        Assert.Null(server);
        Assert.Equal((ControlObstacle.InUse, 71), (failure!.Obstacle, failure.Status));
        Assert.Contains(Place, failure.Message, StringComparison.Ordinal);
        Assert.Contains("first", await AskAsync(Status), StringComparison.Ordinal);
        Assert.Equal([Place], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_WhatIsNoSocket_IsLeftAlone(bool isFolder)
    {
        if (isFolder)
        {
            Directory.CreateDirectory(Place);
        }
        else
        {
            File.WriteAllText(Place, "precious");
        }

        var (server, failure) = Open();

        Assert.Null(server);
        Assert.Equal(ControlObstacle.NoSocket, failure!.Obstacle);
        Assert.Equal([Place], Directory.GetFileSystemEntries(_folder.FullName));
        Assert.True(isFolder || File.ReadAllText(Place) == "precious");
    }

    [Fact]
    public void Open_AMissingFolder_IsMadeWhereItMayBe()
    {
        var path = Path.Combine(_folder.FullName, "netsuperd", "control.sock");

        var (_, failure) = Open(new ControlPlace(path, MakesFolder: false));
        Assert.Equal(ControlObstacle.System, failure!.Obstacle);
        Assert.Contains("the folder does not exist", failure.Message, StringComparison.Ordinal);

        var (server, _) = Open(new ControlPlace(path, MakesFolder: true));
        _servers.Add(server!);
        Assert.Equal("755", Convert.ToString((int)File.GetUnixFileMode(Path.GetDirectoryName(path)!), 8));
    }

    [Theory]
    [InlineData(107)]
    [InlineData(101)]
    [InlineData(100)]
    public async Task Open_AsLongAPathAsThereIs_Works(int length)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, new string('f', 80 - _folder.FullName.Length)));
        var path = Path.Combine(folder.FullName, new string('c', length - folder.FullName.Length - 1));
        var (server, failure) = Open(new ControlPlace(path, MakesFolder: false));
        Assert.Null(failure);
        _servers.Add(server!);
        server!.Start();

        using var client = ControlClientSocket.Connect(path);
        await client.SendAsync(Status);
        Assert.Contains("\"status\":0", await client.ReceiveToEndAsync(), StringComparison.Ordinal);
        Assert.True(ControlSocket.IsAt(SocketOf(server), path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.FullName));
    }

    [Fact]
    public async Task EnsurePresent_TheSocketInPlace_ChangesNothing()
    {
        var server = Start();
        var before = FileStatus.Of(Place);

        server.EnsurePresent();

        Assert.Equal(before, FileStatus.Of(Place));
        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EnsurePresent_ASocketThatWasRemovedOrIsStale_BindsAgain(bool isStale)
    {
        var server = Start();
        using var waiting = ControlClientSocket.Connect(Place);
        File.Delete(Place);
        if (isStale)
        {
            LeaveStaleSocket();
        }

        server.EnsurePresent();
        server.EnsurePresent();

        Assert.Equal(Place, Assert.Single(_log.Of(Replaced))["Path"]);
        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);

        // A client that had connected before is answered as well.
        await waiting.SendAsync(Status);
        Assert.Contains("\"status\":0", await waiting.ReceiveToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(Private, File.GetUnixFileMode(Place));
        server.EnsurePresent();
        Assert.Single(_log.Of(Replaced));
    }

    [Fact]
    public async Task EnsurePresent_AnotherDaemonOrFile_IsLeftAloneAndReportedOnce()
    {
        var server = Start();
        File.Delete(Place);
        File.WriteAllText(Place, "precious");

        server.EnsurePresent();
        server.EnsurePresent();

        Assert.Equal("precious", File.ReadAllText(Place));
        Assert.Single(_log.Of(Missing));

        File.Delete(Place);
        server.EnsurePresent();
        Assert.Contains("\"status\":0", await AskAsync(Status), StringComparison.Ordinal);

        File.Delete(Place);
        Start(_ => Task.FromResult(ControlAnswer.Of(0, "another")));
        server.EnsurePresent();
        server.EnsurePresent();
        Assert.Equal(2, _log.Of(Missing).Count);
        Assert.Contains("another", await AskAsync(Status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handover_TheListener_LosesNoConnectionAndKeepsThePath()
    {
        var first = Start(_ => Task.FromResult(ControlAnswer.Of(0, "first")));
        Assert.True(ControlSocket.IsAt(SocketOf(first), Place));
        Assert.False(ControlSocket.IsAt(SocketOf(first), Place + "2"));
        var second = ControlServer.Adopt(
            ControlSocket.Adopt(Copy(SocketOf(first)), new ControlPlace(Place, MakesFolder: false)),
            new OperatorStandIn(Answering("second")), _log, TimeProvider.System);
        _servers.Add(second);

        first.StopAccepting();
        var waiting = AskAsync(Status);
        second.Start();

        Assert.Contains("second", await waiting, StringComparison.Ordinal);
        second.EnsurePresent();
        first.EnsurePresent();
        Assert.Empty(_log.Of(Replaced));
        second.Unlink();
        Assert.False(File.Exists(Place));
        second.EnsurePresent();
        Assert.False(File.Exists(Place));
    }

    [Fact]
    public async Task Adopt_AListenerWhosePathIsGone_BindsAgain()
    {
        var first = Start();
        var second = ControlServer.Adopt(
            ControlSocket.Adopt(Copy(SocketOf(first)), new ControlPlace(Place, MakesFolder: false)),
            new OperatorStandIn(Answering("second")), _log, TimeProvider.System);
        _servers.Add(second);
        second.Start();
        first.StopAccepting();
        File.Delete(Place);

        second.EnsurePresent();

        Assert.Single(_log.Of(Replaced));
        Assert.Contains("second", await AskAsync(Status), StringComparison.Ordinal);
    }

    [Fact]
    public void Unlink_AnothersSocket_IsLeft()
    {
        var first = Start();
        File.Delete(Place);
        Start();

        first.Unlink();

        Assert.True(File.Exists(Place));
    }
}
