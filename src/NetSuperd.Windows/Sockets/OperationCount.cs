namespace NetSuperd.Windows.Sockets;

/// <summary>How many operations the system has that end at one completion port.</summary>
internal sealed class OperationCount
{
    private int _value;

    public int Value => Volatile.Read(ref _value);

    public void Add(int change) => Interlocked.Add(ref _value, change);
}
