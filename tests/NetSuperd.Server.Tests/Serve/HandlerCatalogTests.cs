using NetSuperd.Builtins;
using NetSuperd.Server.Serve;

namespace NetSuperd.Server.Tests.Serve;

public sealed class HandlerCatalogTests
{
    private readonly HandlerCatalog _catalog = new();

    [Fact]
    public void Add_AHandler_IsFoundByItsName()
    {
        Assert.Null(_catalog.Add(typeof(EchoHandler), HandlerCatalog.Builtin));
        var plugin = new Plugin("/plugins/good", "", null!, [], []);
        Assert.Null(_catalog.Add(typeof(Good), "/plugins/good", plugin));

        Assert.Equal(typeof(EchoHandler), _catalog.Find("echo"));
        Assert.Null(_catalog.Find("Echo"));
        Assert.Equal(["echo", "good-1_x"], _catalog.Names.Order());
        Assert.Equal((null, plugin), (_catalog.PluginOf("echo"), _catalog.PluginOf("good-1_x")));
    }

    [Fact]
    public void Add_ASecondOfOneName_IsRefusedAndNamesTheFirst()
    {
        _catalog.Add(typeof(EchoHandler), HandlerCatalog.Builtin);
        var wrong = _catalog.Add(typeof(OtherEcho), "/plugins/other")!;

        Assert.Contains(typeof(EchoHandler).FullName!, wrong, StringComparison.Ordinal);
        Assert.Contains(HandlerCatalog.Builtin, wrong, StringComparison.Ordinal);
        Assert.Equal(typeof(EchoHandler), _catalog.Find("echo"));
    }

    [Theory]
    [InlineData(typeof(NoHandler))]
    [InlineData(typeof(AbstractHandler))]
    [InlineData(typeof(Spaced))]
    [InlineData(typeof(Nameless))]
    [InlineData(typeof(TooLong))]
    public void Add_WhatIsNoHandler_IsRefusedByName(Type type)
    {
        Assert.Contains(type.FullName!, _catalog.Add(type, "tests"), StringComparison.Ordinal);
        Assert.Empty(_catalog.Names);
    }

    [Handler("good-1_x")]
    private sealed class Good : HandlerSetTests.Silent;

    [Handler("echo")]
    private sealed class OtherEcho : HandlerSetTests.Silent;

    [Handler("none")]
    private sealed class NoHandler;

    [Handler("abstract")]
    private abstract class AbstractHandler : HandlerSetTests.Silent;

    [Handler("a b")]
    private sealed class Spaced : HandlerSetTests.Silent;

    [Handler("")]
    private sealed class Nameless : HandlerSetTests.Silent;

    [Handler("a2345678901234567890123456789012345678901234567890123456789012345")]
    private sealed class TooLong : HandlerSetTests.Silent;
}
