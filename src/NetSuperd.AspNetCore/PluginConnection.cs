using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace NetSuperd.AspNetCore;

/// <summary>A connection of the daemon, as ASP.NET Core sees it.</summary>
/// <remarks>
/// <see cref="BaseConnectionContext.ConnectionClosed"/> fires as <see cref="StreamConnection.Closed"/> does, and not at the client's end of
/// transmission: a client that has sent its last request still gets the answer.
/// </remarks>
internal sealed class PluginConnection : DefaultConnectionContext, IConnectionLifetimeNotificationFeature, IDuplexPipe
{
    private readonly StreamConnection _connection;
    private readonly CancellationTokenSource _closing;
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="connection">The connection.</param>
    /// <param name="stopping">The token of its handler.</param>
    public PluginConnection(StreamConnection connection, CancellationToken stopping)
        : base($"{connection.Service}-{connection.Id}")
    {
        _connection = connection;
        _closing = CancellationTokenSource.CreateLinkedTokenSource(stopping);

        // A wait without bytes holds no buffer.
        Input = PipeReader.Create(connection.Stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(connection.Stream, new StreamPipeWriterOptions(leaveOpen: true));
        Transport = this;
        LocalEndPoint = connection.LocalEndPoint;
        RemoteEndPoint = connection.RemoteEndPoint;
        ConnectionClosed = connection.Closed;
        Features.Set<IConnectionLifetimeNotificationFeature>(this);
        Features.Set(connection);
    }

    /// <inheritdoc/>
    public PipeReader Input { get; }

    /// <inheritdoc/>
    public PipeWriter Output { get; }

    /// <summary>Completes when ASP.NET Core has no more use for it.</summary>
    public Task Disposed => _disposed.Task;

    /// <inheritdoc/>
    public CancellationToken ConnectionClosedRequested { get => _closing.Token; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public void RequestClose() => _closing.Cancel();

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason) => _connection.Abort();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync().ConfigureAwait(false);
        _closing.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
        _disposed.TrySetResult();
    }
}
