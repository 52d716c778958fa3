using System.Net;

namespace NetSuperd.Testing.Tests;

public sealed class TestServiceTests
{
    [Fact]
    public async Task Handler_WithSettings_ServesAClient()
    {
        await using var service = await TestService.StartAsync<GreetHandler>("word = \"Hi\"");
        using var client = service.Connect();
        client.Send("Bob\n");

        Assert.Equal("Hi, Bob!", await client.ReceiveLineAsync());
        Assert.Equal(new TestOutcome(TestEnd.Closed), await client.CloseAsync());
        Assert.Equal("Greeting 127.0.0.1:50000", Assert.Single(service.Log.Lines).Message);
    }

    [Fact]
    public async Task Clients_OfOneHandler_AreServedSideBySide()
    {
        await using var service = await TestService.StartAsync<GreetHandler>();
        using var first = service.Connect();
        using var second = service.Connect(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 1));
        second.Send("two\n");
        first.Send("one\n");

        Assert.Equal(("Hello, one!", "Hello, two!"), (await first.ReceiveLineAsync(), await second.ReceiveLineAsync()));
        Assert.NotEqual(first.Connection.Id, second.Connection.Id);
    }

    [Fact]
    public async Task Handler_WithALife_IsStartedAndStoppedOnce()
    {
        LivingHandler handler;
        await using (var service = await TestService.StartAsync<LivingHandler>())
        {
            handler = service.Handler;
            Assert.Equal(["start"], handler.Calls);
        }

        Assert.Equal(["start", "stop", "dispose"], handler.Calls);
        await Assert.ThrowsAsync<IOException>(() => TestService.StartAsync<LivingHandler>("fails = true"));
    }

    [Theory]
    [InlineData("word = 5", "'word' must be a string", 1, 8)]
    [InlineData("word = \"Hi\"\nwrod = 1", "unknown key 'wrod' in services.test.settings", 2, 1)]
    [InlineData("word = ", "a value is missing", 1, 8)]
    [InlineData("\nday = 2020-01-01", "settings cannot hold dates", 2, 7)]
    public async Task Settings_WithAProblem_AreRefusedAtItsPosition(string settings, string said, int line, int column)
    {
        var complaint = await Assert.ThrowsAsync<SettingsException>(() => TestService.StartAsync<GreetHandler>(settings));

        Assert.StartsWith(said, complaint.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (complaint.Position!.Value.Line, complaint.Position.Value.Column));
    }

    [Theory]
    [InlineData(typeof(NamelessHandler), "has no name for the map")]
    [InlineData(typeof(GreedyHandler), "asks for a String")]
    public async Task Handler_ThatTheDaemonWouldRefuse_IsRefused(Type handler, string said)
    {
        var create = typeof(TestService).GetMethod(nameof(TestService.StartAsync))!.MakeGenericMethod(handler);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => (Task)create.Invoke(null, ["", "test", null])!);

        Assert.Contains(said, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handler_ThatThrows_ResetsItsClientWithTheCause()
    {
        await using var service = await TestService.StartAsync<ThrowingHandler>();
        using var client = service.Connect();

        var seen = await Assert.ThrowsAsync<ConnectionClosedException>(client.ReceiveToEndAsync);
        var outcome = await client.EndedAsync();
        Assert.Equal(TestEnd.Failed, outcome.End);
        Assert.Same(outcome.Failure, seen.InnerException);
    }

    [Fact]
    public async Task Handler_WhenTheServiceStops_EndsItsConnection()
    {
        await using var service = await TestService.StartAsync<GreetHandler>();
        using var client = service.Connect();
        await client.HandlerWaitsAsync();
        service.Stop();

        Assert.Equal("", await client.ReceiveTextAsync());
        Assert.Equal(TestEnd.Stopped, (await client.CloseAsync()).End);
    }

    [Fact]
    public async Task Clients_ThatReset_EndTheConnection()
    {
        await using var service = await TestService.StartAsync<GreetHandler>();
        using var client = service.Connect();
        await client.HandlerWaitsAsync();
        client.Reset();

        Assert.Equal(TestEnd.Reset, (await client.EndedAsync()).End);
    }

    [Fact]
    public async Task Service_ThatIsDisposed_AbortsWhatIsLeftAndDisposesTheHandler()
    {
        TestClient client;
        TickHandler handler;
        await using (var service = await TestService.StartAsync<TickHandler>())
        {
            handler = service.Handler;
            client = service.Connect();
            Assert.False(handler.IsDisposed);
        }

        Assert.True(handler.IsDisposed);
        Assert.Equal(TestEnd.Aborted, (await client.EndedAsync()).End);
    }

    [Fact]
    public async Task Time_OfTheHandler_IsMovedByTheTest()
    {
        await using var service = await TestService.StartAsync<TickHandler>();
        using var client = service.Connect();
        await service.Handler.Ready.WaitAsync(client.Patience, TestContext.Current.CancellationToken);
        service.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("tick", await client.ReceiveTextAsync());
    }

    [Fact]
    public async Task Waits_ForAHandlerThatSaysNothing_HaveALimit()
    {
        await using var service = await TestService.StartAsync<GreetHandler>();
        using var client = service.Connect();
        client.Patience = TimeSpan.Zero;

        Assert.Contains("a line", (await Assert.ThrowsAsync<TimeoutException>(client.ReceiveLineAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_PassedToAService_AreSeenByTheTest()
    {
        await using var service = await TestService.StartAsync<PassingHandler>("to = \"web\"");
        using var client = service.Connect();
        client.Send("x");

        Assert.Equal(TestEnd.Closed, (await client.CloseAsync()).End);
        var passed = Assert.Single(service.Passed);
        Assert.Equal(("web", "+\r\n", "no"), (passed.Service, System.Text.Encoding.ASCII.GetString(passed.Greeting), passed.Refusal));
    }

    [Fact]
    public async Task Datagrams_OfAHandler_AreAnswered()
    {
        await using var service = await TestService.StartAsync<LoudHandler>();

        Assert.Equal(["HELLO", "HELLO"], service.Ask("hello"));
        var reply = new TestReply { Sends = false };
        Assert.Empty(reply.Ask(service.Handler, "hello"u8));
        Assert.Equal(2, service.Handler.Unsent);
        Assert.Throws<InvalidOperationException>(() => reply.Send("late"u8));
    }
}
