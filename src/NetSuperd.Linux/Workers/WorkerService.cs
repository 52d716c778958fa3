using System.Security.Cryptography;
using NetSuperd.Platform;
using NetSuperd.Server;
using NetSuperd.Server.Config;
using NetSuperd.Server.Config.Toml;
using NetSuperd.Server.Serve;
using NetSuperd.Server.Tally;

namespace NetSuperd.Linux.Workers;

/// <summary>A service whose handler serves in a worker, of one map.</summary>
/// <param name="use">The service that uses it.</param>
/// <param name="worker">The worker.</param>
/// <param name="order">What the worker creates.</param>
/// <param name="plugin">The fingerprint of its plugin; null for a built-in.</param>
/// <param name="definition">Its definition as a text.</param>
/// <param name="tls">What is encrypted; null: nothing.</param>
internal sealed class WorkerService(ServiceUse use, Worker worker, HandlerOrder order, string? plugin, string definition, TlsForm? tls)
{
    private readonly TaskCompletionSource<HandlerReport> _report = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The service that uses it.</summary>
    public ServiceUse Use => use;

    /// <summary>The worker.</summary>
    public Worker Worker => worker;

    /// <summary>What the worker creates.</summary>
    public HandlerOrder Order => order;

    /// <summary>What is encrypted; null: nothing.</summary>
    public TlsForm? Tls => tls;

    /// <summary>The fingerprint of its plugin; null for a built-in.</summary>
    public string? Plugin => plugin;

    /// <summary>Whether its handler is a built-in.</summary>
    public bool IsBuiltin => Order.Plugin is null;

    /// <summary>Its definition as a text: a service of another map with the same one keeps the handler.</summary>
    public string Definition => definition;

    /// <summary>The outcome of its first creation.</summary>
    public Task<HandlerReport> Report => _report.Task;

    /// <summary>The services to which it passes connections: its handler has named them before the first client came.</summary>
    public IReadOnlyList<string> PassesTo { get; private set; } = [];

    /// <inheritdoc cref="HandlerReport.Shows"/>
    public IReadOnlyList<string> Shows { get; private set; } = [];

    /// <summary>Whether it shows what the server serves.</summary>
    public bool ShowsServer { get; private set; }

    /// <summary>Whether it asks the server for anything.</summary>
    public bool AsksServer => ShowsServer || PassesTo is not [];

    /// <summary>Whether it has been created once, so that its settings are in order.</summary>
    public bool IsCreated { get; private set; }

    /// <summary>Whether it has been started, and is to be started again in the next process.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Starts the handler before its service comes into force, unless it is started.</summary>
    /// <returns>What is wrong; none: it is started.</returns>
    public async Task<IReadOnlyList<ProblemForm>> StartAsync()
    {
        if (IsStarted)
        {
            return [];
        }

        var report = Worker.Process is { } process
            ? await process.StartAsync(this).ConfigureAwait(false)
            : Order.Failed("its worker has ended");
        IsStarted = report.Problems is [];
        return report.Problems;
    }

    /// <summary>The order to create the handler of a service.</summary>
    public static HandlerOrder OrderOf(int number, Service service, Plugin? plugin) =>
        new(
            number,
            service.Name,
            service.Handler ?? service.Kind.Word,
            plugin is null ? null : Path.GetFullPath(plugin.Path),
            SettingForm.Of(service.Settings))
        {
            Forward = service.Forward is { } plan ? ForwardForm.Of(plan) : null,
            HasTls = TlsForm.Of(service) is not null,
            IsForChildren = service.Program is not null,
        };

    /// <summary>Everything that the map and the plugin say of a service.</summary>
    public static string DefinitionOf(Service service, Plugin? plugin) => string.Join(
        '\n', service.Worker!.Key, service.Handler, plugin?.Path, plugin?.Fingerprint, TomlWriter.Value(service.Settings),
        service.Forward is { } plan ? ForwardForm.Of(plan) : null,
        TlsForm.Of(service) is { } tls ? Convert.ToHexString(SHA256.HashData(WorkerJson.BytesOf(tls))) : null);

    /// <summary>Notes the outcome of a creation; only the first one counts.</summary>
    public void Note(HandlerReport report)
    {
        lock (_report)
        {
            if (!_report.Task.IsCompleted)
            {
                (PassesTo, Shows, ShowsServer, IsCreated) = (report.PassesTo, report.Shows, report.ShowsServer, report.Problems is []);
                _report.SetResult(report);
            }
        }
    }

    /// <summary>Notes that it could not be created.</summary>
    public void Fail(string reason) => Note(Order.Failed(reason));

    /// <summary>Whether a client has to wait because no process of the worker serves at the moment; the waiter is called then.</summary>
    public bool MustWait(IWaitsForRoom waiter) => Worker.MustWait(waiter);

    /// <summary>Hands a connection to the worker, after <see cref="MustWait"/> has returned false on the same loop.</summary>
    public void Start(StreamSocket socket, ConnectionRecord record, Admission admission) =>
        Worker.Start(this, socket, record, admission, child: null);

    /// <summary>Hands a session of datagrams to the worker.</summary>
    /// <param name="socket">The end for the worker of the channel with its datagrams.</param>
    /// <param name="record">Its record.</param>
    /// <param name="admission">Its time limits.</param>
    /// <param name="idle">Tells how long it has been idle.</param>
    /// <returns>The session; null: no process serves by now, and it has ended.</returns>
    public WorkerConnection? StartSession(StreamSocket socket, ConnectionRecord record, Admission admission, Func<TimeSpan> idle) =>
        Worker.StartSession(this, socket, record, admission, idle);

    /// <summary>Likewise, for a child that is started once the connection is encrypted, and keeps its time limits then.</summary>
    public void StartEncrypted(StreamSocket socket, ConnectionRecord record, EncryptedChild child) =>
        Worker.Start(this, socket, record, Admission.Unlimited, child);
}
