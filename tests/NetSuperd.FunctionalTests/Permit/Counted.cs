using System.Text.Json;
using NetSuperd.FunctionalTests.Harness;

namespace NetSuperd.FunctionalTests.Permit;

/// <summary>A service as <c>status --json</c> has it, asked on the control socket itself: some tests ask often.</summary>
public sealed class Counted
{
    private readonly JsonElement _service;

    private Counted(JsonElement daemon, JsonElement service) => (Daemon, _service) = (daemon, service);

    /// <summary>All that <c>status</c> says.</summary>
    public JsonElement Daemon { get; }

    /// <summary>Connections and children that live.</summary>
    public long Live => _service.GetProperty("live").GetInt64();

    /// <summary>What the operator reads as the reason of the state; empty where there is none.</summary>
    public string Reason => _service.GetProperty("reason").GetString() ?? "";

    /// <summary>Connections that wait in the backlogs of the service.</summary>
    public long Waiting => Daemon.GetProperty("sockets").EnumerateArray()
        .Where(socket => socket.GetProperty("service").GetString() == _service.GetProperty("name").GetString())
        .Sum(socket => socket.GetProperty("waiting") is { ValueKind: JsonValueKind.Number } waiting ? waiting.GetInt64() : 0);

    /// <summary>How many ended so.</summary>
    public long Ended(string end) => Number(_service.GetProperty("ends"), end);

    /// <summary>What became of its datagrams: <c>received</c>, <c>answered</c> and the others.</summary>
    public long Datagrams(string word) => Number(_service.GetProperty("datagrams"), word);

    /// <summary>How many were refused, or failed, for a reason of this word.</summary>
    public long For(string reason) => Number(_service.GetProperty("reasons"), reason);

    /// <summary>How much of a limit is used, of how much.</summary>
    public (long Used, long Most) Use(string limit) => Pair(
        _service.GetProperty("limits").EnumerateArray().Single(use => use.GetProperty("limit").GetString() == limit));

    /// <summary>How much of <c>daemon.max_connections</c> is used, of how much.</summary>
    public (long Used, long Most) Total => Pair(Daemon.GetProperty("max_connections"));

    /// <summary>Asks.</summary>
    public static async Task<Counted> AskAsync(Daemon daemon, string service)
    {
        var status = await daemon.JsonAsync("status");
        return new Counted(
            status, status.GetProperty("services").EnumerateArray().Single(found => found.GetProperty("name").GetString() == service));
    }

    /// <summary>Asks until the answer is the expected one: records are closed a moment after their clients see the end.</summary>
    public static async Task<Counted> UntilAsync(Daemon daemon, string service, Func<Counted, bool> condition, string what)
    {
        using var deadline = new CancellationTokenSource(Deadline.Default);
        while (true)
        {
            var found = await AskAsync(daemon, service);
            if (condition(found))
            {
                return found;
            }

            Assert.False(deadline.IsCancellationRequested, $"still not: {what}; status says {found.Daemon}");
        }
    }

    private static long Number(JsonElement counters, string word) => counters.TryGetProperty(word, out var count) ? count.GetInt64() : 0;

    private static (long Used, long Most) Pair(JsonElement use) => (use.GetProperty("used").GetInt64(), use.GetProperty("most").GetInt64());
}
