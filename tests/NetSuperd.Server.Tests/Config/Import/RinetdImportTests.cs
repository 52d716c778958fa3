using NetSuperd.Server.Config.Import;

namespace NetSuperd.Server.Tests.Config.Import;

/// <summary>rinetd.conf: which clients its patterns mean, and what is no line of it.</summary>
public sealed class RinetdImportTests : IDisposable
{
    private const string Forward = "192.0.2.1 8080 192.0.2.10 80\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("allow 10.*", "allow = [\"10.0.0.0/8\"]")]
    [InlineData("allow 192.168.2.*", "allow = [\"192.168.2.0/24\"]")]
    [InlineData("allow 192.168.2.25?", "allow = [\"192.168.2.250\", \"192.168.2.251\", \"192.168.2.252\", \"192.168.2.253\", "
        + "\"192.168.2.254\", \"192.168.2.255\"]")]
    [InlineData("allow 192.168.3?.*\ndeny 192.168.3?.?", "allow = [\"192.168.30.0/24\", ")]
    [InlineData("allow *", "forward = \"192.0.2.10:80\"\n")]
    [InlineData("allow 2001:db8:*", "allow = []")]
    [InlineData("allow 999.*", "allow = []")]
    [InlineData("allow 10.1.2.3\nallow 10.1.2.4", "allow = [\"10.1.2.3\", \"10.1.2.4\"]")]
    [InlineData("allow *.7", "allow = []")]
    [InlineData("allow host.example.net", "allow = []")]
    [InlineData("deny 10.1.*", "deny = [\"10.1.0.0/16\"]")]
    [InlineData("deny *.7", "allow = []")]
    [InlineData("deny host.example.net", "allow = []")]
    [InlineData("deny 10.1.2.3 10.1.2.4", "allow = []")]
    public void Run_PatternOfALine_MeansTheSameClients(string patterns, string expected) =>
        Assert.Contains(expected, Import(Forward + patterns + "\n").Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("allow 10.*", "allow 10.1.*", "allow = [\"10.1.0.0/16\"]")]
    [InlineData("deny 10.*", "allow 10.1.*", "allow = []")]
    [InlineData("allow 10.*", "deny 10.1.*", "allow = [\"10.0.0.0/8\"]\ndeny = [\"10.1.0.0/16\"]")]
    public void Run_PatternsOfEveryLine_AndOfOne_BothHold(string common, string own, string expected) =>
        Assert.Contains(expected, Import($"{common}\n{Forward}{own}\n").Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("::1 80 192.0.2.10 80\nallow ::1\n", "allow = [\"::1\"]")]
    [InlineData("::1 80 192.0.2.10 80\nallow fe80:*\n", "allow = [\"fe80::/16\"]")]
    [InlineData("::1 80 192.0.2.10 80\nallow 2001:db8:a:*\n", "allow = [\"2001:db8:a::/48\"]")]
    [InlineData("::1 80 192.0.2.10 80\nallow 2001:*:1\n", "allow = []")]
    [InlineData("::1 80 192.0.2.10 80\ndeny 2001:*:1\n", "allow = []")]
    [InlineData(":: 80 192.0.2.10 80\nallow ::ffff:10.*\n", "allow = [\"10.0.0.0/8\"]")]
    [InlineData(":: 80 192.0.2.10 80\ndeny 10.*\n", "deny = [\"10.0.0.0/8\"]")]
    [InlineData(":: 80 192.0.2.10 80\nallow 10.*\n", "allow = []")]
    public void Run_PatternAtASocketOfIPv6_MeansWhatItsClientsAre(string text, string expected) =>
        Assert.Contains(expected, Import(text).Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("0.0.0.0 80 192.0.2.10 80", "\"0.0.0.0:80\" = \"forward-80\"")]
    [InlineData("0 http 192.0.2.10 80", "\"0.0.0.0:80\" = \"forward-http\"")]
    [InlineData(":: 80/tcp 192.0.2.10 80", "80 = \"forward-80\"")]
    [InlineData("[::1] 80 192.0.2.10 80", "\"[::1]:80\" = \"forward-80\"")]
    [InlineData("192.0.2.1 80 2001:db8::1 80", "forward = \"[2001:db8::1]:80\"")]
    [InlineData("192.0.2.1 80 www.example.net http", "forward = \"www.example.net:http\"")]
    [InlineData("192.0.2.1 80 192.0.2.10 80 [src=192.0.2.2]", "source = \"192.0.2.2\"")]
    public void Run_LineThatForwards_IsAService(string line, string expected) =>
        Assert.Contains(expected, Import(line + "\n").Text, StringComparison.Ordinal);

    [Fact]
    public void Run_OtherText_IsRefused() => Assert.NotEmpty(Import("-----BEGIN PGP MESSAGE-----\n").Problems);

    [Fact]
    public void Run_ManyPatterns_EndInTime()
    {
        var patterns = string.Concat(Enumerable.Range(0, 5_000).Select(number => $"deny 10.{number / 256}.{number % 256}.?\n"));

        Assert.Contains("\"10.19.135.9\"", Import($"{patterns}{Forward}allow {new string('*', 60)}\n").Text, StringComparison.Ordinal);
    }

    private ImportResult Import(string text) => _folder.Import("rinetd.conf", text, ForeignFormat.Rinetd);
}
