using System.IO.Pipes;
using System.Security.AccessControl;
using System.Security.Principal;
using NetSuperd.Control;
using NetSuperd.Systems;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Control;

namespace NetSuperd.Windows.Tests.Control;

/// <summary>The accounts that may open the control pipe, and those whose pipe a command believes.</summary>
public sealed class PipeAccessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _name = $"netsuperd-{Guid.NewGuid():N}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string PipePath => $@"\\.\pipe\{_name}";

    private ControlPlace Place => new(PipePath, MakesFolder: false);

    [Fact]
    public void Pipe_ThatWasMade_IsForSystemAndAdministratorsAlone()
    {
        using var listener = Open();
        using var client = Connect();

        var access = client.GetAccessControl();

        SecurityIdentifier[] expected = Accounts.IsAdministrator
            ? [Accounts.LocalSystem, Accounts.Administrators]
            : [Accounts.LocalSystem, Accounts.Administrators, Accounts.Own];
        var rules = access.GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier))
            .Cast<PipeAccessRule>().ToList();
        Assert.Equal(
            expected.Select(account => account.Value).Order(),
            rules.Select(rule => rule.IdentityReference.Value).Order());
        Assert.All(rules, rule => Assert.Equal((AccessControlType.Allow, false), (rule.AccessControlType, rule.IsInherited)));
        Assert.True(access.AreAccessRulesProtected);
        Assert.Equal(
            Accounts.IsAdministrator ? Accounts.Administrators : Accounts.Own, access.GetOwner(typeof(SecurityIdentifier)));
    }

    [Fact]
    public unsafe void Handle_OfThePipe_IsNotInherited()
    {
        using var instance = PipeInstance.Create(PipePath, isFirst: true, () => { }, out _)!;

        uint flags;
        Assert.True(Kernel32.GetHandleInformation(instance.Stream.SafePipeHandle, &flags));
        Assert.Equal(0u, flags & Kernel32.HANDLE_FLAG_INHERIT);
    }

    [Fact]
    public void Client_OfAnotherMachine_CannotConnect()
    {
        using var listener = Open();
        using var client = new NamedPipeClientStream(Environment.MachineName, _name, PipeDirection.InOut);

        Assert.ThrowsAny<Exception>(() => client.Connect(TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void Name_ThatAnotherProgramHas_IsNotShared()
    {
        using var other = new NamedPipeServerStream(_name, PipeDirection.InOut, maxNumberOfServerInstances: 1);

        var (listener, failure) = PipeListener.Open(Place);

        Assert.Null(listener);
        Assert.Equal(ControlObstacle.InUse, failure!.Obstacle);
        Assert.Contains($"process {Environment.ProcessId} has this name", failure.Message, StringComparison.Ordinal);
    }

    [Fact(
        Skip = "Wine 8 takes no notice of FILE_FLAG_FIRST_PIPE_INSTANCE", SkipWhen = nameof(Wine.IsHere), SkipType = typeof(Wine))]
    public void Name_ThatAnotherDaemonHas_IsNotShared()
    {
        using var other = Open();

        var (listener, failure) = PipeListener.Open(Place);

        Assert.Null(listener);
        Assert.Equal(ControlObstacle.InUse, failure!.Obstacle);
    }

    [Fact]
    public async Task Name_ThatWasGivenUp_CanBeTakenAgain()
    {
        Open().Dispose();
        await Waiting.UntilAsync(() => !File.Exists(PipePath), "the pipe is gone");

        using var listener = Open();

        Assert.True(listener.IsInPlace);
    }

    [Fact]
    public async Task Command_ForAPipeOfAnotherAccount_SendsNothing()
    {
        var security = new PipeSecurity();
        security.AddAccessRule(new PipeAccessRule(
            new SecurityIdentifier(WellKnownSidType.WorldSid, null), PipeAccessRights.FullControl, AccessControlType.Allow));
        security.SetOwner(new SecurityIdentifier(WellKnownSidType.BuiltinGuestsSid, null));
        NamedPipeServerStream squatter;
        try
        {
            squatter = NamedPipeServerStreamAcl.Create(
                _name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous, 0, 0, security);
        }
        catch (IOException invalidOwner)
        {
            // Windows lets only its own accounts be the owner (ERROR_INVALID_OWNER), so that no program can pretend to be another's.
            Assert.False(Wine.IsHere, invalidOwner.Message);
            return;
        }

        await using (squatter)
        {
            var connected = squatter.WaitForConnectionAsync(Cancel);

            var answer = await ControlClient.AskAsync(PipePath, ControlRequest.Of(ControlCommand.Stop), Cancel).WaitAsync(Patience, Cancel);

            Assert.Equal(ExitStatus.NoPermission, answer.Status);
            Assert.Contains("is not trusted", Assert.Single(answer.Messages), StringComparison.Ordinal);
            await connected.WaitAsync(Patience, Cancel);
            Assert.Equal(0, await squatter.ReadAsync(new byte[10], Cancel).AsTask().WaitAsync(Patience, Cancel));
        }
    }

    [Fact]
    public async Task Command_ForAPipeThatIsNotThere_Is69()
    {
        var answer = await ControlClient.AskAsync(PipePath, ControlRequest.Of(ControlCommand.Status), Cancel);

        Assert.Equal(ExitStatus.Unavailable, answer.Status);
        Assert.Contains("there is no such pipe", Assert.Single(answer.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_WhileAllEndsHaveClients_SaysSoAfterAWhile()
    {
        using var full = new NamedPipeServerStream(_name, PipeDirection.InOut, 1);
        using var client = Connect();

        var answer = await ControlClient.AskAsync(PipePath, ControlRequest.Of(ControlCommand.Status), Cancel).WaitAsync(Patience, Cancel);

        Assert.Equal(ExitStatus.Unavailable, answer.Status);
        Assert.Contains("as many clients as it can", Assert.Single(answer.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("S-1-5-18", true)]
    [InlineData("S-1-5-32-544", true)]
    [InlineData("S-1-1-0", false)]
    [InlineData("S-1-5-32-545", false)]
    [InlineData("S-1-5-19", false)]
    [InlineData("S-1-5-20", false)]
    [InlineData("S-1-5-21-1-2-3-1001", false)]
    [InlineData("S-1-5-80-0", false)]
    [InlineData("S-1-5-80-1-2-3-4-5", false)]
    public void Owner_OfAPipe_IsBelieved(string account, bool isBelieved) =>
        Assert.Equal(isBelieved, Accounts.IsTrusted(new SecurityIdentifier(account)));

    [Fact]
    public void Owner_ThatIsTheOwnAccount_IsBelieved() => Assert.True(Accounts.IsTrusted(Accounts.Own));

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("\"C:\\Program Files\\netsuperd\\{0}\" run --config \"C:\\a.toml\"", true)]
    [InlineData("C:\\netsuperd\\{0} run", true)]
    [InlineData("\"C:\\Program Files\\other.exe\" {0}", false)]
    [InlineData("C:\\other.exe C:\\{0}", false)]
    public void Service_OfThisProgram_IsKnownByItsCommandLine(string? line, bool isOurs) => Assert.Equal(
        isOurs, Accounts.IsThisProgram(line?.Replace("{0}", Path.GetFileName(Environment.ProcessPath), StringComparison.Ordinal)));

    [Theory]
    [InlineData(@"\\.\pipe\netsuperd", true)]
    [InlineData(@"\\.\PIPE\My daemon", true)]
    [InlineData(@"\\.\pipe\", false)]
    [InlineData(@"\\.\pipe\a\b", false)]
    [InlineData(@"\\server\pipe\netsuperd", false)]
    [InlineData(@"C:\netsuperd", false)]
    [InlineData("", false)]
    public void Name_OfAPipe_IsChecked(string path, bool isOne) => Assert.Equal(isOne, PipeName.Complaint(path) is null);

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void Name_OfAPipe_HasALimit(int length, bool isOne) =>
        Assert.Equal(isOne, PipeName.Complaint(@"\\.\pipe\".PadRight(length, 'x')) is null);

    private ControlListener Open()
    {
        var (listener, failure) = PipeListener.Open(Place);
        Assert.Null(failure);
        return listener!;
    }

    private NamedPipeClientStream Connect()
    {
        var client = new NamedPipeClientStream(
            ".", _name, PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);
        client.Connect(Patience);
        return client;
    }
}
