namespace NetSuperd.Windows.Tests;

public sealed class NameFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("echo", "tcp", 7)]
    [InlineData("echo", "udp", 7)]
    [InlineData("null", "tcp", 9)]
    [InlineData("sink", "tcp", 9)]
    [InlineData("discard", "udp", null)]
    [InlineData("nothing", "tcp", null)]
    [InlineData("late", "tcp", 65535)]
    [InlineData("large", "tcp", null)]
    [InlineData("wrong", "tcp", null)]
    [InlineData("", "tcp", null)]
    public void ServicePort_OfAName_IsThatOfTheFile(string name, string protocol, int? port)
    {
        File.WriteAllText(
            Path.Combine(_folder, "services"),
            "# names\r\necho   7/tcp\r\necho 7/udp\r\ndiscard\t9/tcp sink null #late 1/tcp\r\nlarge 65536/tcp\r\nwrong x/tcp\r\n"
                + "wrong\r\nlate 65535/TCP");

        Assert.Equal(port, new NameFiles(_folder).ServicePort(name, protocol));
    }

    [Fact]
    public void Names_WithoutAFile_AreNone()
    {
        Assert.Null(new NameFiles(_folder).ServicePort("echo", "tcp"));
        Assert.Empty(new NameFiles(_folder).Hosts());
        Assert.NotNull(NameFiles.OfSystem.Hosts());
    }

    [Fact]
    public void Hosts_OfTheFile_AreItsLines()
    {
        File.WriteAllText(Path.Combine(_folder, "hosts"), "127.0.0.1 localhost\r\n\r\n::1 six\n");

        Assert.Equal(["127.0.0.1 localhost", "::1 six"], new NameFiles(_folder).Hosts());
    }
}
