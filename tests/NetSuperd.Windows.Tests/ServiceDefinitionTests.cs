using System.ComponentModel;
using NetSuperd.Windows.Calls;
using NetSuperd.Windows.Services;

namespace NetSuperd.Windows.Tests;

public sealed class ServiceDefinitionTests
{
    [Fact]
    public void CommandLine_WithBlanks_IsQuoted() =>
        Assert.Equal(@"""C:\Program Files\netsuperd\netsuperd.exe"" run --config ""C:\Pro gram\m.toml""", Definition().CommandLine);

    [Theory]
    [InlineData("netsuperd", true)]
    [InlineData("a.b-c_1", true)]
    [InlineData("", false)]
    [InlineData(@"a\b", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("-a", false)]
    [InlineData("a\n", false)]
    [InlineData("a%1", false)]
    public void Name_OfAService_IsAWord(string name, bool isValid) => Assert.Equal(isValid, ServiceName.IsValid(name));

    [Fact]
    public void Name_OfEightyLetters_IsTheLongest() =>
        Assert.Equal((true, false), (ServiceName.IsValid(new string('a', 80)), ServiceName.IsValid(new string('a', 81))));

    [Theory]
    [InlineData(null, @"NT SERVICE\web", null)]
    [InlineData(@"nt service\WEB", @"NT SERVICE\web", null)]
    [InlineData("localservice", @"NT AUTHORITY\LocalService", "")]
    [InlineData(@"NT AUTHORITY\Network Service", @"NT AUTHORITY\NetworkService", "")]
    [InlineData("LocalSystem", "LocalSystem", "")]
    [InlineData(@"CORP\web$", @"CORP\web$", null)]
    public void Account_WithoutAPassword_IsTaken(string? account, string registered, string? password)
    {
        Assert.Equal(registered, ServiceName.Account(account, "web"));
        Assert.Equal(password, (Definition() with { Account = registered }).Password);
    }

    [Theory]
    [InlineData(@"NT SERVICE\other")]
    [InlineData(@"CORP\joe")]
    [InlineData("joe")]
    [InlineData("joe$")]
    [InlineData("")]
    public void Account_ThatNeedsAPassword_IsNotTaken(string account) => Assert.Null(ServiceName.Account(account, "web"));

    [Theory]
    [InlineData(Advapi32.ERROR_ACCESS_DENIED, 77, "Run as administrator")]
    [InlineData(Advapi32.ERROR_SERVICE_DOES_NOT_EXIST, 69, "there is no service 'web'")]
    [InlineData(Advapi32.ERROR_SERVICE_MARKED_FOR_DELETE, 71, "close services.msc")]
    [InlineData(Advapi32.ERROR_SERVICE_DISABLED, 71, "sc config web start= delayed-auto")]
    [InlineData(Advapi32.ERROR_INVALID_SERVICE_ACCOUNT, 64, "no such account")]
    [InlineData(Advapi32.ERROR_SERVICE_LOGON_FAILED, 71, "log on as a service")]
    [InlineData(Advapi32.ERROR_FILE_NOT_FOUND, 71, "install the service again")]
    [InlineData(8, 71, "(8)")]
    public void Failure_OfACall_SaysWhatToDo(int error, int status, string remedy)
    {
        var (message, exit) = ServiceFailure.Of(new Win32Exception(error), "web");

        Assert.Equal(status, exit);
        Assert.Contains(remedy, message, StringComparison.Ordinal);
    }

    private static ServiceDefinition Definition() => new()
    {
        Name = "web", Account = @"NT SERVICE\web", Program = @"C:\Program Files\netsuperd\netsuperd.exe", Config = @"C:\Pro gram\m.toml",
        LongestStop = TimeSpan.FromSeconds(40),
    };
}
