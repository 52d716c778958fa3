using NetSuperd.Logging;
using NetSuperd.Platform;

namespace NetSuperd.Control;

/// <content>The thread that accepts, and the slots of the clients.</content>
internal sealed partial class ControlServer
{
    private void Run()
    {
        var backoff = new Backoff(first: TimeSpan.FromMilliseconds(10), longest: TimeSpan.FromSeconds(1));
        WaitHandle.WaitAny([_begin.WaitHandle, _unlisten.Token.WaitHandle]);
        while (!_unlisten.IsCancellationRequested)
        {
            try
            {
                AcceptOnNext();
                if (_listener.Wait())
                {
                    AcceptOne();
                    backoff.Reset();
                }
            }
            catch (Exception failure)
            {
                // Only the stop ends the loop: without descriptors or memory it tries again.
                if (!backoff.HasBegun)
                {
                    _logger.ControlAcceptFailed(failure.Message);
                }

                _unlisten.Token.WaitHandle.WaitOne(backoff.Next());
            }
        }
    }

    /// <summary>Accepts on the socket that has replaced the present one, whose last clients are not left in its backlog.</summary>
    private void AcceptOnNext()
    {
        if (Volatile.Read(ref _next) is null)
        {
            return;
        }

        while (_listener.HasClient && !_unlisten.IsCancellationRequested)
        {
            AcceptOne();
        }

        lock (_placing)
        {
            _listener.Dispose();
            (_listener, _next) = (_next!, null);
        }
    }

    private void AcceptOne()
    {
        if (!TakeSlot())
        {
            return;
        }

        ControlConnection? connection = null;
        try
        {
            connection = _listener.Accept();
        }
        finally
        {
            if (connection is null)
            {
                _slots.Release();
            }
        }

        if (connection is not null)
        {
            lock (_gate)
            {
                var visit = new ControlVisit(connection, _readers, _share, _time);
                visit.IsTooMany = Place.IsForQuestions && !MakeRoomFor(visit);
                var node = _visits.AddLast(visit);
                node.Value.Ended = Task.Run(() => ServeAsync(node));
            }
        }
    }

    /// <summary>Whether a user may have one more client; one that may not loses a client of its own that is silent.</summary>
    private bool MakeRoomFor(ControlVisit visit)
    {
        var own = _visits.Where(other => Equals(other.Peer?.User, visit.Peer?.User) && !other.IsTooMany).ToList();
        if (own.Count < MostOfAUser)
        {
            return true;
        }

        var silent = own.Find(other => other.IsSilent);
        silent?.GiveUp();
        return silent is not null;
    }

    /// <summary>Waits for a slot, for which the client that has been silent for the longest time loses its own.</summary>
    /// <returns>Whether there is one; false at the stop.</returns>
    private bool TakeSlot()
    {
        if (_slots.Wait(TimeSpan.Zero))
        {
            return true;
        }

        lock (_gate)
        {
            _visits.FirstOrDefault(visit => visit.IsSilent)?.GiveUp();
        }

        try
        {
            _slots.Wait(_unlisten.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>The fence of a connection.</summary>
    private async Task ServeAsync(LinkedListNode<ControlVisit> node)
    {
        try
        {
            await node.Value.ServeAsync(_responder, _logger, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            _logger.ControlGone(failure.Message);
        }
        catch (Exception failure)
        {
            _logger.ControlFailed(failure, "");
        }
        finally
        {
            lock (_gate)
            {
                _visits.Remove(node);
                node.Value.Dispose();
            }

            _slots.Release();
        }
    }
}
