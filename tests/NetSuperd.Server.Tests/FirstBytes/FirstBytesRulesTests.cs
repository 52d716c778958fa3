using System.Text;
using CsCheck;
using NetSuperd.Server.FirstBytes;

namespace NetSuperd.Server.Tests.FirstBytes;

/// <summary>The rules of <c>by</c>: which service gets a client that begins with some bytes.</summary>
public sealed class FirstBytesRulesTests
{
    private const string Rest = "rest";

    [Theory]
    [InlineData("tls", true, "it")]
    [InlineData("tls", "sni:git.example.org", "it")]
    [InlineData("tls", "sni:GIT.example.org.", "it")]
    [InlineData("tls", "sni:*.example.org", "it")]
    [InlineData("tls", "alpn:h2", "it")]
    [InlineData("tls", "alpn:http/1.1", "it")]
    [InlineData("tls", "sni:*.org", Rest)]
    [InlineData("tls", "sni:*.git.example.org", Rest)]
    [InlineData("tls", "sni:example.org", Rest)]
    [InlineData("tls", "alpn:h3", Rest)]
    [InlineData("http", true, Rest)]
    public void Decide_OfAClientHello_FollowsTheRule(string test, object value, string service) =>
        Assert.Equal(service, Decide(Recorded.Tls, Rule(test, value)));

    [Fact]
    public void Decide_OfEveryBeginningOfAClientHello_WaitsForTheRest()
    {
        foreach (var hello in (byte[][])[Recorded.Tls, Recorded.TlsInRecordsOf(7), Recorded.TlsInRecordsOf(100)])
        {
            var rules = Rules(Rule("tls", "sni:other.example.org"), Rule("tls", "alpn:h2"));
            for (var length = 1; length < hello.Length; length++)
            {
                Assert.False(rules.TryDecide(hello.AsSpan(0, length), isAll: false, out _), $"{length} bytes");
                Assert.True(rules.TryDecide(hello.AsSpan(0, length), isAll: true, out var cut));
                Assert.Equal(Rest, cut);
            }

            Assert.True(rules.TryDecide([.. hello, 1, 2, 3], isAll: false, out var service));
            Assert.Equal("it", service);
        }
    }

    [Theory]
    [InlineData("http", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", 4)]
    [InlineData("http", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 4)]
    [InlineData("http", "PROPFIND /dav/ HTTP/1.1\r\n", 9)]
    [InlineData("ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n", 4)]
    [InlineData("xmpp", "<?xml version='1.0'?><stream:stream to='example.org' xmlns='jabber:client'>", 67)]
    [InlineData("socks5", "\u0005\u0002\u0000\u0001", 4)]
    [InlineData("postgres", "\u0000\u0000\u0000\u0008\u0004\u00d2\u0016\u002f", 8)]
    [InlineData("postgres", "\u0000\u0000\u0000\u0025\u0000\u0003\u0000\u0000user\u0000me\u0000", 8)]
    [InlineData("rdp", "\u0003\u0000\u0000\u0013\u000e\u00e0\u0000\u0000\u0000\u0000\u0000\u0001\u0000\u0008\u0000", 6)]
    [InlineData("openvpn", "\u0000\u000e\u0038\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0000\u0000\u0000\u0000\u0000", 3)]
    public void Decide_OfAProtocol_FollowsItsTestAsSoonAsItCan(string test, string first, int enough)
    {
        var bytes = Encoding.Latin1.GetBytes(first);
        var rules = Rules(Rule(test, true));
        for (var length = 1; length <= bytes.Length; length++)
        {
            Assert.Equal(length >= enough, rules.TryDecide(bytes.AsSpan(0, length), isAll: false, out var service));
            Assert.Equal(length >= enough ? "it" : Rest, service ?? Rest);
        }

        // No test takes another protocol for its own.
        foreach (var other in (string[])["http", "ssh", "xmpp", "socks5", "postgres", "rdp", "openvpn", "tls"])
        {
            Assert.Equal(other == test ? "it" : Rest, Decide(bytes, Rule(other, true)));
        }
    }

    /// <summary>One port for all of them, in either order of the rules.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Decide_OfRecordedClients_NamesTheServiceOfEach(bool isReversed)
    {
        var tests = (IEnumerable<string>)["tls", "http", "ssh", "openvpn", "xmpp", "socks5", "rdp", "postgres"];
        var rules = Rules([.. (isReversed ? tests.Reverse() : tests).Select(test => Rule(test, true, test))]);

        foreach (var (test, bytes) in Recorded.Others.Append(("tls", Recorded.Tls)))
        {
            string? service = null;
            for (var length = 1; !rules.TryDecide(bytes.AsSpan(0, length), isAll: false, out service); length++)
            {
            }

            Assert.Equal(test, service);
        }
    }

    [Theory]
    [InlineData("http", "GETS ")]
    [InlineData("ssh", "SSX")]
    [InlineData("xmpp", "<html")]
    [InlineData("socks5", "\u0005\u0000")]
    [InlineData("socks5", "\u0005\u0002\u0020")]
    [InlineData("postgres", "\u0000\u0000\u0000\u0007")]
    [InlineData("postgres", "\u0000\u0000\u0000\u0008\u0000\u0002\u0000\u0000")]
    [InlineData("rdp", "\u0003\u0000\u0000\u0005")]
    [InlineData("rdp", "\u0003\u0000\u0000\u0013\u000e\u00f0")]
    [InlineData("openvpn", "\u0000\u000d")]
    [InlineData("openvpn", "\u0000\u000e\u0020")]
    [InlineData("tls", "\u0016\u0003\u0001\u0000\u0010\u0002")]
    public void Decide_OfSomethingElse_NeedsNoMoreBytes(string test, string first)
    {
        Assert.True(Rules(Rule(test, true)).TryDecide(Encoding.Latin1.GetBytes(first), isAll: false, out var service));
        Assert.Equal(Rest, service);
    }

    [Fact]
    public void Decide_WhereAnEarlierRuleMayStillFit_Waits()
    {
        var rules = Rules(
            Rule("starts_with", "GETAWAY", "first"),
            Rule("http", true),
            Rule("regex", "(?i)^helo \\S+\\r$", "third"),
            Rule("ssh", true, "ssh"));

        Assert.False(rules.TryDecide("GET"u8, isAll: false, out _));
        Assert.True(rules.TryDecide("GETAWAY"u8, isAll: false, out var first));
        Assert.True(rules.TryDecide("GET /"u8, isAll: false, out var second));
        Assert.False(rules.TryDecide("SSH-2.0-x"u8, isAll: false, out _));
        Assert.True(rules.TryDecide("SSH-2.0-x\n"u8, isAll: false, out var ssh));
        Assert.Equal(("first", "it", "ssh"), (first, second, ssh));
    }

    [Theory]
    [InlineData("(?i)^helo \\S+\\r$", "HELO example.org\r\nMAIL", "it")]
    [InlineData("example.org\r\n$", "HELO example.org\r\n", "it")]
    [InlineData("^\u00ff\u0001", "\u00ff\u0001\u0000", "it")]
    [InlineData("HELO", "EHLO example.org\r\nHELO example.org\r\n", Rest)]
    public void Decide_ByAPattern_LooksAtTheFirstLineAlone(string pattern, string first, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes(first);
        var rules = Rules(Rule("regex", pattern));
        for (var size = 1; size <= bytes.Length; size++)
        {
            string? service;
            var known = size;
            while (!rules.TryDecide(bytes.AsSpan(0, known), isAll: false, out service))
            {
                known = Math.Min(known + size, bytes.Length);
            }

            Assert.Equal(expected, service);
        }
    }

    [Fact]
    public void Decide_ByAPattern_LooksAtOneKibibyteAtMost()
    {
        var rules = Rules(Rule("regex", "HELO"));

        Assert.False(rules.TryDecide(Encoding.Latin1.GetBytes(new string('x', 1023)), isAll: false, out _));
        Assert.True(rules.TryDecide(Encoding.Latin1.GetBytes(new string('x', 1020) + "HELO"), isAll: false, out var inside));
        Assert.True(rules.TryDecide(Encoding.Latin1.GetBytes(new string('x', 1021) + "HELO"), isAll: false, out var behind));
        Assert.Equal(("it", Rest), (inside, behind));
    }

    [Fact]
    public void Decide_WithoutARuleForTheRest_NamesNoService()
    {
        var rules = new FirstBytesRules(SettingsOf(Rule("ssh", true), Rule("timeout", "2s", "silent")));

        Assert.True(rules.TryDecide("GET"u8, isAll: false, out var service));
        Assert.Null(service);
        Assert.Equal((TimeSpan.FromSeconds(2), "silent"), (rules.Silence, rules.ServiceOfSilent));
        Assert.Equal(Rest, Rules(Rule("ssh", true)).ServiceOfSilent);
    }

    [Fact]
    public void Test_OfRandomBytes_NeverThrows() => Gen.Int[0, Recorded.Tls.Length].Select(Gen.Byte.Array[1, 40]).Sample((kept, noise) =>
    {
        byte[] bytes = [.. Recorded.Tls.AsSpan(0, kept), .. noise, .. Recorded.Tls.AsSpan(kept)];
        _ = ClientHello.Read(bytes, out _);
        foreach (var test in (string[])["http", "ssh", "xmpp", "socks5", "postgres", "rdp", "openvpn", "tls"])
        {
            Assert.NotNull(Decide(noise, Rule(test, true)));
        }
    });

    [Theory]
    [InlineData("tls", "web", "'tls' must be true, a host")]
    [InlineData("tls", "sni:", "'tls' is empty")]
    [InlineData("http", false, "'http' must be true")]
    [InlineData("http", "yes", "'http' must be true or false")]
    [InlineData("starts_with", "", "'starts_with' is empty")]
    [InlineData("regex", "(", "'regex' is not a pattern")]
    [InlineData("regex", "(a)\\1", "'regex' is not a pattern")]
    [InlineData("timeout", "2m", "'timeout' must be from 10ms to 1m")]
    [InlineData("htpp", true, "unknown key 'htpp' in a rule of 'by'; did you mean 'http'?")]
    public void Read_AWrongTest_IsAnError(string test, object value, string message) =>
        Assert.StartsWith(message, Error(Rule(test, value)), StringComparison.Ordinal);

    [Fact]
    public void Read_RulesThatDoNotGoTogether_AreErrors()
    {
        Assert.StartsWith("'by' must have rules", Error(), StringComparison.Ordinal);
        Assert.StartsWith("a rule without a test", Error(Rule(null, null), Rule("ssh", true)), StringComparison.Ordinal);
        Assert.StartsWith("'by' has several", Error(Rule("timeout", "1s"), Rule("timeout", "2s")), StringComparison.Ordinal);
        Assert.StartsWith("a rule of 'by' needs service", Error(Rule("ssh", true, "")), StringComparison.Ordinal);
        var both = Settings.Of(new Dictionary<string, object> { ["ssh"] = true, ["http"] = true, ["service"] = "it" });
        Assert.StartsWith("a rule of 'by' has one test", Error(both), StringComparison.Ordinal);
    }

    private static string Error(params Settings[] rules) =>
        Assert.Throws<SettingsException>(() => new FirstBytesRules(SettingsOf(rules))).Message;

    private static string? Decide(byte[] bytes, Settings rule)
    {
        Assert.True(Rules(rule).TryDecide(bytes, isAll: true, out var service));
        return service;
    }

    private static FirstBytesRules Rules(params Settings[] rules) => new(SettingsOf([.. rules, Rule(null, null, Rest)]));

    private static Settings SettingsOf(params Settings[] rules) =>
        Settings.Of(new Dictionary<string, object> { ["by"] = rules.ToList<object>() });

    private static Settings Rule(string? test, object? value, string service = "it")
    {
        var rule = new Dictionary<string, object> { ["service"] = service };
        if (test is not null)
        {
            rule[test] = value!;
        }

        return Settings.Of(rule);
    }
}
