namespace NetSuperd;

/// <summary>
/// A handler that opens something before its first client and closes it after its last one, such as a database or a background task. The
/// class of the handler implements it beside <see cref="IStreamHandler"/> or <see cref="IDatagramHandler"/>.
/// </summary>
/// <remarks>
/// <para>
/// The daemon calls both methods once for each instance: neither runs in <c>netsuperd check</c> or <c>netsuperd reload --dry-run</c>, and a
/// reload that changes neither the settings nor the files of the plugin keeps the instance. A service whose settings have changed gets a
/// new instance, which starts while the old one still serves its clients; at a restart the new process starts its instances while the old
/// process still serves. What both have open at the same time has to allow that, as a database of SQLite does.
/// </para>
/// <para>
/// The handlers of a map start at the same time, in no order, and no socket of the map is served before all of them have started.
/// </para>
/// </remarks>
public interface IHandlerLife
{
    /// <summary>Opens what the handler needs. No client is served before the task has completed.</summary>
    /// <remarks>
    /// An exception is an error of the map at the line of the service: the daemon does not start, and a reload leaves the old map in force.
    /// A <see cref="SettingsException"/> is shown at its position. The daemon then disposes the handler, and does not stop it.
    /// </remarks>
    /// <param name="cancellationToken">Fires when the daemon no longer waits: after 30 s, or when it is to stop.</param>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Closes what the handler has opened, after its last connection has ended and before the handler is disposed.</summary>
    /// <remarks>An exception is logged. A handler that was not started, or that failed to start, is not stopped.</remarks>
    /// <param name="cancellationToken">Fires when the daemon no longer waits: after 5 s, or when it has to stop at once.</param>
    Task StopAsync(CancellationToken cancellationToken);
}
