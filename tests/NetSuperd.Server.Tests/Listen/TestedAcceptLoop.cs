using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using NetSuperd.Linux;
using NetSuperd.Native;
using NetSuperd.Platform;
using NetSuperd.Server.Listen;
using NetSuperd.Server.Tally;

namespace NetSuperd.Server.Tests.Listen;

/// <summary>An accept loop whose accepts follow a script.</summary>
public abstract class TestedAcceptLoop : IDisposable
{
    private protected const int AcceptExhausted = 2003, AcceptRecovered = 2004, AcceptAborted = 2005, ListenerFailed = 2006;
    private protected const int EMFILE = 24, ECONNABORTED = 103, EBADF = 9;
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private protected RecordingLogger Log { get; } = new();

    private protected WatchedTime Time { get; } = new();

    private protected CancellationTokenSource Stopping { get; } = new();

    private protected EventLoop Loop { get; }

    private protected AcceptScript Script { get; } = new();

    private protected AcceptLoop Tested { get; }

    protected TestedAcceptLoop()
    {
        Loop = new EventLoop("test", new Epoll(), Log.LoopFailed);
        Tested = Make(Script);
    }

    private protected static DescriptorReserve NoReserve => new(new LinuxHost().Process, () => 0);

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Loop.Dispose();
        Script.Dispose();
        Stopping.Dispose();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Assignment To(IReceiver receiver) => new([new SocketPlace(Maps.Tcp(7, null), IPAddress.Any)], receiver);

    private protected AcceptLoop Make(Backlog backlog, EventLoop? loop = null) =>
        new(loop ?? Loop, backlog, Log, Time, () => { });

    private protected Task RunAsync(Receivers? receiver = null)
    {
        Tested.Assign(To(receiver ?? Receivers.Of((_, socket) => socket.Dispose())));
        return Tested.RunAsync(Stopping.Token);
    }

    private protected async Task StopAsync(Task running)
    {
        await Stopping.CancelAsync();
        await running.WaitAsync(Patience, Cancel);
    }

    private protected sealed class Clients : IDisposable
    {
        private readonly List<Socket> _clients = [];

        public void Connect(EndPoint address)
        {
            _clients.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            _clients[^1].Connect(address);
        }

        public void Dispose() => _clients.ForEach(client => client.Dispose());
    }

    /// <summary>
    /// Answers accepts with what the test says: error numbers, 0 for a connection; when nothing is left, no client is there.
    /// </summary>
    private protected sealed class AcceptScript : Backlog, IDisposable
    {
        public const int Bug = -1;

        // Can be read while an answer is there; at first it can, so that the loop asks once.
        private readonly Socket _signal = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly Queue<int> _answers = [];
        private readonly Channel<bool> _called = Channel.CreateUnbounded<bool>();
        private int _always;
        private bool _isSignalled;
        private int _calls;
        private int _awaited;

        public AcceptScript()
            : base(null!, NoReserve)
        {
            _signal.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _signal.Connect(_signal.LocalEndPoint!);
            Signal();
        }

        public int Calls => Volatile.Read(ref _calls);

        public override SafeHandle Handle => _signal.SafeHandle;

        public override int? Count => null;

        public override bool IsEmpty
        {
            get
            {
                lock (_answers)
                {
                    return !_isSignalled;
                }
            }
        }

        public void Then(params int[] answers)
        {
            lock (_answers)
            {
                Array.ForEach(answers, _answers.Enqueue);
                Signal();
            }
        }

        public void FailsAlways(int errno)
        {
            lock (_answers)
            {
                _always = errno;
                Signal();
            }
        }

        /// <summary>From now on no client is there.</summary>
        public void Leave()
        {
            lock (_answers)
            {
                Quiet();
            }
        }

        /// <summary>Waits until accept was called so many times.</summary>
        public async Task CallsAsync(int count)
        {
            for (; _awaited < count; _awaited++)
            {
                await _called.Reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
            }
        }

        protected override StreamSocket? AcceptNext(out Errno errno)
        {
            Interlocked.Increment(ref _calls);
            lock (_answers)
            {
                var answer = _answers.TryDequeue(out var next) ? next : _always != 0 ? _always : (int)Errno.EAGAIN;
                errno = (Errno)answer;
                if (errno == Errno.EAGAIN)
                {
                    Quiet();
                }

                _called.Writer.TryWrite(true);
                return answer == 0 ? Accepted()
                    : answer == Bug ? throw new InvalidOperationException("a bug")
                    : null;
            }
        }

        public void Dispose() => _signal.Dispose();

        private static LinuxStreamSocket Accepted()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(listener.LocalEndPoint!);
            return StreamListener.Accept(listener)!;
        }

        private void Quiet()
        {
            if (_isSignalled)
            {
                _signal.Receive(new byte[1]);
                _isSignalled = false;
            }
        }

        private void Signal()
        {
            if (!_isSignalled)
            {
                _signal.Send([0]);
                _isSignalled = true;
            }
        }
    }
}
