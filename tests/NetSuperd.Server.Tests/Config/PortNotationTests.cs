using NetSuperd.Server.Config.Notation;

namespace NetSuperd.Server.Tests.Config;

public sealed class PortNotationTests
{
    [Theory]
    [InlineData("7", "7/tcp")]
    [InlineData("7/tcp", "7/tcp")]
    [InlineData("65535/udp", "65535/udp")]
    [InlineData("echo", "7/tcp")]
    [InlineData("domain/udp", "53/udp")]
    [InlineData("192.0.2.1:21", "192.0.2.1:21/tcp")]
    [InlineData("0.0.0.0:21/udp", "0.0.0.0:21/udp")]
    [InlineData("[2001:DB8:0:0::1]:21", "[2001:db8::1]:21/tcp")]
    [InlineData("[::]:21/tcp", "[::]:21/tcp")]
    [InlineData("[fe80::1%lo]:21", "[fe80::1%lo]:21/tcp")]
    [InlineData("[fe80::1%1]:21", "[fe80::1%lo]:21/tcp")]
    [InlineData("[fe80::1%nosuchif0]:21/udp", "[fe80::1%nosuchif0]:21/udp")]
    [InlineData("[fe80::1%4000000]:21", "[fe80::1%4000000]:21/tcp")]
    [InlineData("[2001:db8::1%lo]:21", "[2001:db8::1]:21/tcp")]
    [InlineData("239.1.1.1:7101/udp", "239.1.1.1:7101/udp")]
    [InlineData("[FF02::1%lo]:7101/udp", "[ff02::1%lo]:7101/udp")]
    [InlineData("[ff05::1]:7101/udp", "[ff05::1]:7101/udp")]
    [InlineData("icmp/raw", "1/raw")]
    [InlineData("ICMP/raw", "1/raw")]
    [InlineData("1/raw", "1/raw")]
    [InlineData("192.0.2.1:89/raw", "192.0.2.1:89/raw")]
    [InlineData("0.0.0.0:icmp/raw", "0.0.0.0:1/raw")]
    [InlineData("[::]:ipv6-icmp/raw", "[::]:58/raw")]
    [InlineData("[fe80::1%lo]:ospf/raw", "[fe80::1%lo]:89/raw")]
    [InlineData("224.0.0.5:ospf/raw", "224.0.0.5:89/raw")]
    [InlineData("255/raw", "255/raw")]
    [InlineData("/run/demo.sock", "/run/demo.sock")]
    [InlineData("/run//./demo.sock", "/run/demo.sock")]
    [InlineData("/run/../run/x", "/run/../run/x")]
    [InlineData("/run/7/udp", "/run/7/udp")]
    [InlineData("@demo", "@demo")]
    [InlineData("@a//b/", "@a//b/")]
    public void Accepts_Notation_InOneNormalForm(string text, string normal)
    {
        var key = PortNotation.Read(text, Hosts.Names(), out var problem);

        Assert.Equal("", problem);
        Assert.Equal(normal, key?.Text);
        Assert.Equal(key, PortNotation.Read(normal, Hosts.Names(), out _));
    }

    [Theory]
    [InlineData("8000-8010", "8000-8010/tcp", 11)]
    [InlineData("21,2121", "21,2121/tcp", 2)]
    [InlineData("2121,ftp/tcp", "21,2121/tcp", 2)]
    [InlineData("3,1-2,9", "1-3,9/tcp", 4)]
    [InlineData("7-7", "7/tcp", 1)]
    [InlineData("7-8", "7,8/tcp", 2)]
    [InlineData("1-4096/udp", "1-4096/udp", 4096)]
    [InlineData("192.0.2.1:8000-8010/udp", "192.0.2.1:8000-8010/udp", 11)]
    [InlineData("[::]:21,2121", "[::]:21,2121/tcp", 2)]
    [InlineData("[fe80::1%lo]:ftp,2121", "[fe80::1%lo]:21,2121/tcp", 2)]
    [InlineData("0.0.0.0:telnet", "0.0.0.0:23/tcp", 1)]
    [InlineData("[2001:db8::1]:domain/udp", "[2001:db8::1]:53/udp", 1)]
    [InlineData("/run/1,2-3", "/run/1,2-3", 1)]
    public void Accepts_SeveralPorts_InOneNormalForm(string text, string normal, int sockets)
    {
        var entry = PortNotation.ReadEntry(text, Hosts.Names(), out var problem);

        Assert.Equal("", problem);
        Assert.Equal(normal, entry?.Text);
        Assert.Equal(sockets, entry!.Keys.Distinct().Count());
        Assert.Equal(normal, PortNotation.ReadEntry(normal, Hosts.Names(), out _)?.Text);
        Assert.Equal(sockets == 1, PortNotation.Read(text, Hosts.Names(), out _) is not null);
    }

    [Fact]
    public void Accepts_NamesOfUnixSockets_AsLongAsTheSystemDoes()
    {
        var name = new string('a', 107);

        Assert.Equal($"@{name}", PortNotation.Read($"@{name}", Hosts.Names(), out _)?.Path);
        Assert.Null(PortNotation.Read($"@{name}a", Hosts.Names(), out _));
        Assert.NotNull(PortNotation.Read($"/{name[1..]}", Hosts.Names(), out _));
        Assert.Null(PortNotation.Read($"/{name}", Hosts.Names(), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" 7")]
    [InlineData("7 ")]
    [InlineData("0")]
    [InlineData("000")]
    [InlineData("07")]
    [InlineData("65536")]
    [InlineData("4294967303")]
    [InlineData("7.0")]
    [InlineData("0x7")]
    [InlineData("٧")]
    [InlineData("7/")]
    [InlineData("/")]
    [InlineData("7//tcp")]
    [InlineData("7/tcp/udp")]
    [InlineData("7/icmp")]
    [InlineData("[::1]")]
    [InlineData("[]:7")]
    [InlineData("[")]
    [InlineData("]:7")]
    [InlineData("[[::1]]:7")]
    [InlineData("[::1]7")]
    [InlineData("[::1]:")]
    [InlineData("[::1]:7:8")]
    [InlineData("1.2.3:7")]
    [InlineData("1.2.3.4.5:7")]
    [InlineData("256.0.0.1:7")]
    [InlineData("0x7f.0.0.1:7")]
    [InlineData("1.2.3.4 :7")]
    [InlineData("1.2.3.4: 7")]
    [InlineData("@")]
    [InlineData("[fe80::1%]:21")]
    [InlineData("[fe80::1%a b]:21")]
    [InlineData("[fe80::1%an-interface-name]:21")]
    [InlineData("[fe80::1%lo%lo]:21:")]
    [InlineData("127.0.0.1%lo:21")]
    [InlineData("224.0.0.1:21")]
    [InlineData("239.255.255.255:21")]
    [InlineData("255.255.255.255:21/udp")]
    [InlineData("[ff02::fb%lo]:21")]
    [InlineData("[ff02::fb]:21/udp")]
    [InlineData("[ff01::fb]:21/udp")]
    [InlineData("[ff05::fb%lo]:21/udp")]
    [InlineData("[::%lo]:21")]
    [InlineData("[0::0%1]:21/udp")]
    [InlineData("[ff0e::1]:21")]
    [InlineData("run/x.sock")]
    [InlineData("8000-8010")]
    [InlineData("21,2121")]
    [InlineData("/run/x/.")]
    [InlineData("/run/x/..")]
    public void Rejects_OtherTexts(string text)
    {
        Assert.Null(PortNotation.Read(text, Hosts.Names(), out var problem));
        Assert.NotEqual("", problem);
    }
}
