using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Pipes;
using NetSuperd.Windows.Hosting;
using NetSuperd.Windows.Programs;

namespace NetSuperd.Windows.Tests;

public sealed class WindowsChildrenTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WindowsChildren _children = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Cmd { get; } = Path.Combine(Environment.SystemDirectory, "cmd.exe");

    [Fact]
    public async Task Start_AChild_ReadsAndWritesThroughItsPipes()
    {
        using var child = Start("echo");

        await child.Input.WriteAsync("through the pipes"u8.ToArray(), Cancel);
        await child.Input.DisposeAsync();

        Assert.Equal("through the pipes", await TextAsync(child.Output));
        await child.Ended.WaitAsync(Patience, Cancel);
        var end = child.Finish();
        Assert.Equal((3, null), (end.Status, end.Signal));
        Assert.True(end.UserTime + end.SystemTime > TimeSpan.Zero);
    }

    [Fact]
    public async Task Start_AMegabyte_ComesBackUnchanged()
    {
        using var child = Start("echo");
        var sent = new byte[1 << 20];
        Random.Shared.NextBytes(sent);

        var sending = Task.Run(
            async () =>
            {
                await child.Input.WriteAsync(sent, Cancel);
                await child.Input.DisposeAsync();
            },
            Cancel);
        var received = new MemoryStream();
        await child.Output.CopyToAsync(received, Cancel).WaitAsync(Patience, Cancel);

        await sending;
        Assert.True(sent.AsSpan().SequenceEqual(received.ToArray()));
    }

    [Theory]
    [InlineData("plain", "", "two words", "say \"hi\"", @"C:\a folder\", "%PATH% & ^ |", "ümlaut 漢字")]
    public async Task Start_Arguments_ArriveAsTheMapHasThem(params string[] arguments)
    {
        using var child = Start(["arguments", .. arguments]);

        Assert.Equal(arguments, (await TextAsync(child.Output)).Split('\0')[..^1]);
    }

    [Fact]
    public async Task Start_TheEnvironment_IsOfTheMapAndTheConnection()
    {
        Environment.SetEnvironmentVariable("PASSED", "passed");
        Environment.SetEnvironmentVariable("KEPT_BACK", "secret");
        var variables = new ChildVariables();
        variables.Add("REMOTE_ADDR=", "192.0.2.1");
        var program = Program(["environment"]);
        program = program with { PassEnv = ["PASSED"], Env = program.Env.Add("path", @"C:\own") };

        using var child = _children.Start(program, variables);
        var lines = (await TextAsync(child.Output)).Split('\n');

        Assert.Contains("REMOTE_ADDR=192.0.2.1", lines);
        Assert.Contains("PASSED=passed", lines);
        Assert.Contains(@"PATH=C:\own", lines);
        Assert.Contains(lines, line => line.StartsWith("SystemRoot=", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(lines, line => line.Contains("secret", StringComparison.Ordinal));
        Assert.Contains($"cwd={Environment.SystemDirectory}", lines, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Start_StandardError_GoesWhereTheMapSays()
    {
        using var logged = Start("complain");
        Assert.Equal("it hurts\r\nand more", await TextAsync(logged.Errors!));
        await logged.Ended.WaitAsync(Patience, Cancel);
        Assert.Equal(unchecked((int)0xC0000005), logged.Finish().Status);

        using var sent = _children.Start(Program(["complain"]) with { Stderr = ChildStderr.Socket }, new ChildVariables());
        Assert.Equal("it hurts\r\nand more", await TextAsync(sent.Output));

        using var lost = _children.Start(Program(["complain"]) with { Stderr = ChildStderr.Null }, new ChildVariables());
        Assert.Equal("", await TextAsync(lost.Output));
        Assert.Null(lost.Errors);
    }

    [Fact]
    public async Task Start_AHandleThatMayBeInherited_IsClosedInTheChild()
    {
        using var inheritable = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable);

        using var child = Start("handle", inheritable.GetClientHandleAsString());

        Assert.Equal("-", await TextAsync(child.Output));
    }

    [Fact]
    public async Task Kill_AChild_EndsItWithASignal()
    {
        using var child = Start("sleep");
        Assert.Equal(1, await child.Output.ReadAsync(new byte[1], Cancel).AsTask().WaitAsync(Patience, Cancel));

        child.Kill();

        await child.Ended.WaitAsync(Patience, Cancel);
        var end = child.Finish();
        Assert.Equal((null, SignalName.SIGKILL), (end.Status, end.Signal));
        child.Kill();
    }

    [Fact]
    public async Task Finish_AChildThatHasLeftAProcess_EndsThatAsWell()
    {
        using var child = Start("leave");
        using var reader = new StreamReader(child.Output);
        var left = int.Parse((await reader.ReadLineAsync(Cancel).AsTask().WaitAsync(Patience, Cancel))!, null);
        await child.Ended.WaitAsync(Patience, Cancel);
        using var process = Process.GetProcessById(left);

        _ = child.Finish();

        await process.WaitForExitAsync(Cancel).WaitAsync(Patience, Cancel);
    }

    [Theory]
    [InlineData(@"C:\nothing\here.exe", Errno.ENOENT)]
    [InlineData(null, Errno.ENOTDIR)]
    public void Start_WhatCannotBeStarted_SaysWhy(string? path, Errno errno)
    {
        var program = Program(["echo"]) with { Cwd = path is null ? Cmd : Environment.SystemDirectory };

        var failure = Assert.Throws<CallException>(() =>
            _children.Start(path is null ? program : program with { Path = path }, new ChildVariables()));

        Assert.Equal("CreateProcessW", failure.Call);
        Assert.Equal(errno, failure.Errno);
    }

    [Fact]
    public async Task Start_AHundredChildren_LeavesNoHandle()
    {
        await RunAsync(10);
        var before = WindowsProcess.Handles;

        await RunAsync(100);

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.InRange(WindowsProcess.Handles!.Value, 0, before!.Value + 20);

        async Task RunAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var child = _children.Start(ChildPrograms.Of(Cmd, "/c", "exit", "7"), new ChildVariables());
                await child.Ended.WaitAsync(Patience, Cancel);
                Assert.Equal(7, child.Finish().Status);
            }
        }
    }

    private static async Task<string> TextAsync(Stream stream) =>
        await new StreamReader(stream, Encoding.UTF8).ReadToEndAsync(Cancel).WaitAsync(Patience, Cancel);

    private static ChildProgram Program(string[] arguments) =>
        ChildPrograms.Of(Environment.ProcessPath!, [ChildMode.Argument, .. arguments]);

    private IPipedProcess Start(params string[] arguments) => _children.Start(Program(arguments), new ChildVariables());
}
